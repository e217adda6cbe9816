// The exact search for the smallest change of output_padding.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "repair/padding/question.h"

namespace shapedbg {

// What a change costs; less is better, the first difference decides. Between equal costs the choice
// that changes the first transposed layers least wins, then the smaller output_padding: the change
// stands as late in the network as it can.
struct ChangeCost {
  std::int64_t levels = 0;   // mirrored levels whose size is not given back
  std::int64_t changes = 0;  // values (layer and axis) that differ from the present ones
  std::int64_t amount = 0;   // sum of |new - present|
  auto operator<=>(const ChangeCost&) const = default;
};

enum class SearchEnd : std::uint8_t {
  found,
  none,  // proven: no choice makes everything run and every expectation hold
  cut,   // stopped at the bound, nothing is known
};

struct SearchLimits {
  std::int64_t steps = 200'000;  // applications of a shape rule
  // Only this choice, one per unknown, instead of all; null: all.
  const std::vector<PerAxis>* only = nullptr;
};

struct Searched {
  SearchEnd end = SearchEnd::none;
  std::vector<PerAxis> choice;  // per unknown of the question, when found
  ChangeCost cost;
  std::int64_t steps = 0;
  LayerId stuck;  // with `none`: the layer behind which no choice was left
};

// A dynamic program over the layers in order. Its state is the shapes of the live tensors that depend
// on a choice, its value the cheapest way there; a refusal or a missed expectation drops the state.
// Changes question.spec while it runs and puts it back.
Searched search(Question& question, const SearchLimits& limits = {});

// What `layer` can be made to return along the question's axis when expectations of it and behind it
// are left aside.
struct Reach {
  SearchEnd end = SearchEnd::none;
  std::vector<std::int64_t> sizes;  // ascending, when found
  LayerId stuck;                    // with `none`: the layer that no choice gets past
};
Reach reachable(Question& question, LayerId layer, const SearchLimits& limits = {});

}  // namespace shapedbg
