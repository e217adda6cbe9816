// A size as an expression over the axes of a layer's inputs: "in[2]*4", "(in[2] + 1)//2", "in[1][3]".
#pragma once

#include <optional>
#include <vector>

#include "read/aten/samples.h"
#include "read/calls/calls.h"
#include "read/draft.h"

namespace shapedbg::aten {

// Whether a size was computed from the first axis of some tensor: the batch, as far as anybody knows.
bool names_batch(const calls::Formula& formula);

class Expressions {
 public:
  // `inputs`: the tensors that the layer takes, in their order; `first`: the place of the first of them among
  // what the layer takes.
  Expressions(const calls::Program& program, std::size_t runs, const std::vector<int>& inputs,
              std::size_t first = 0);

  // The expression that is the size in every run; nothing where none is found. Where a number and an axis
  // would both do, `axis` of the first input is taken (a batch of 1 is the batch), else the number.
  template <typename Sized>
  std::optional<DraftSize> of(const Sized& size, std::optional<std::size_t> axis = std::nullopt) const {
    if (auto found = exact(runs_of(size, runs_), size.formula, axis)) return found;
    return guess(runs_of(size, runs_), size.formula, axis);
  }
  // The same without relations that are only seen to hold in the runs: an axis, a number, or what the program
  // itself computed.
  template <typename Sized>
  std::optional<DraftSize> known(const Sized& size, std::optional<std::size_t> axis = std::nullopt) const {
    return exact(runs_of(size, runs_), size.formula, axis);
  }
  std::optional<DraftSize> of_runs(const Runs& size, std::optional<std::size_t> axis = std::nullopt) const {
    if (auto found = exact(size, {}, axis)) return found;
    return guess(size, {}, axis);
  }

 private:
  struct Axis {
    std::string text;
    int tensor = -1;
    std::size_t axis = 0;
    std::size_t input = 0;
    Runs runs;
    bool fixed = false;
  };

  bool says_another(const calls::Formula& formula, const Axis& axis) const;
  std::optional<DraftSize> exact(const Runs& size, const calls::Formula& formula,
                                 std::optional<std::size_t> axis) const;
  std::optional<DraftSize> guess(const Runs& size, const calls::Formula& formula,
                                 std::optional<std::size_t> wanted) const;
  std::vector<const Axis*> in_order(std::optional<std::size_t> wanted) const;
  static std::optional<std::string> multiples(const Runs& size, const Axis& axis);
  std::optional<std::string> one_axis(const Runs& size, std::optional<std::size_t> wanted) const;
  std::optional<std::string> two_axes(const Runs& size) const;
  std::optional<std::string> three_axes(const Runs& size) const;
  bool holds(const calls::Formula& formula, const Runs& size) const;
  std::optional<std::string> by_formula(const calls::Formula& formula, const Runs& size) const;
  std::optional<std::string> symbol(std::int64_t index) const;

  const calls::Program& program_;
  std::size_t runs_;
  std::vector<Axis> axes_;
};

}  // namespace shapedbg::aten
