// einsum as layers: a matrix product with its axes put in order around it. For readers of every source.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "read/draft.h"

namespace shapedbg::einsum {

// A letter for each axis of each operand and of the result.
struct Equation {
  std::vector<std::string> operands;
  std::string result;
};

// "b...d,...de->b...e" with a letter of its own for each axis that `...` stands for. `ranks`: axes of each
// operand. Nothing where a letter is there twice within one operand (a diagonal), or where the ranks are
// others.
std::optional<Equation> read_equation(std::string text, const std::vector<std::size_t>& ranks);

// The result that "ij,jk" means without an arrow: the letters that stand there once, in order.
std::string implied(const std::string& text);

// Where the layers go: those on the way, each of which returns its output, and the one that makes the result.
struct EinsumSteps {
  std::function<Ref(DraftLayer)> before;
  std::function<void(DraftLayer)> last;
};

// Of two operands: a and b, summed over what the result does not name.
void multiply(const EinsumSteps& steps, Ref a, Ref b, const Equation& equation);
// Of one: its axes summed and in another order. The equation changes something.
void rearrange(const EinsumSteps& steps, Ref a, const Equation& equation);

}  // namespace shapedbg::einsum
