// Changes of a text by its tokens, so that most of what comes out is still read: words of the tables for
// words, numbers at borders for numbers, members put in, taken out, copied and moved.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace shapedbg::fuzz {

using Random = std::mt19937_64;

// One to five changes; at most `longest` bytes (then the text as it was, cut). Depends on the random numbers
// alone.
std::string mutated(std::string_view bytes, std::size_t longest, Random& random);

// A piece of the one put into the other.
std::string crossed(std::string_view one, std::string_view other, std::size_t longest, Random& random);

}  // namespace shapedbg::fuzz
