// From a recorded program to a draft: every call that an input reaches becomes a layer of the kind that says
// it, or a Custom with the sizes that it returns. Shared by .pt2 and by the Python recorder.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "read/calls/calls.h"
#include "read/draft.h"
#include "read/importer.h"

namespace shapedbg::aten {

struct Mapped {
  Draft draft;
  std::vector<std::vector<Shape>> ran_at;  // the inputs' shapes in each run that is known
  int raised = -1;                         // the first call that raised
  std::string raised_message;
  std::size_t custom = 0;
  std::map<std::string, int> operators;  // of the Custom layers, casts aside: how many of each
  std::vector<std::string> guesses;
};

// `second`: the same model recorded at another input size, or null.
Mapped map_program(calls::Program program, const calls::Program* second = nullptr);

// The names of an operator's arguments in their order, "input weight bias"; `input|self` are two names of
// one. Empty where it is not known.
std::string_view signature_of(std::string_view op);

// The spec of the mapped program with its findings (I604, I605).
Imported imported(const Mapped& mapped);

}  // namespace shapedbg::aten
