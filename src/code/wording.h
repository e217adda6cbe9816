// A number of a program said in the words that stand at hand: `hidden * 2` where `hidden` says 64 and 128 is
// meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/constructor.h"

namespace shapedbg {

// A layer whose argument is said at a place, and the number that it has to say.
struct Wanted {
  const ConstructorCall::Place* place;
  std::int64_t number;
};

// What says the numbers of all of them, which take the argument from one place: the text there with another
// number in it, or names that can be read there, times a number or with each other. Empty where nothing does.
// `option`: what the argument is called. `joined`: it counts what several tensors bring together, which is a
// multiple of what stands there sooner than another name of that number.
std::string in_words(const std::vector<Wanted>& all, std::string_view option = {}, bool joined = false);

}  // namespace shapedbg
