// Random networks with any wiring, grown layer by layer on the shapes that the earlier layers return.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "dag_steps.h"
#include "infer/infer.h"
#include "read/json/parse.h"

namespace shapedbg {

class RandomDags : DagSteps {
 public:
  explicit RandomDags(std::uint64_t seed) : DagSteps(seed) {}

  // About half of the networks run through; the others are refused somewhere, and go on beside it.
  Dag next() {
    dag_ = {};
    tensors_.clear();
    batched_ = !dice_.one_in(5);
    axes_ = static_cast<int>(dice_.one_in(5) ? 3 : dice_.between(1, 2));
    dag_.inputs.push_back(input());
    tensors_.push_back({"input", dag_.inputs[0]});
    if (dice_.one_in(6)) {
      Shape other = dag_.inputs[0];
      other[batched_ ? 1 : 0] = dice_.between(1, 4);
      if (dice_.one_in(3)) other.back() = dice_.between(4, 16);
      dag_.inputs.push_back(other);
      tensors_.push_back({"other", other});
    }
    if (dice_.one_in(4)) dag_.label = {dice_.between(1, 3)};
    const std::int64_t count = dice_.between(3, 16);
    const std::int64_t slip = dice_.one_in(2) ? dice_.between(1, count) : 0;
    refused_ = false;
    for (std::int64_t step = 1; step <= count; ++step) grow(slip != 0 && step >= slip && !refused_);
    return dag_;
  }

 private:
  Shape input() {
    Shape shape;
    if (batched_) shape.push_back(dice_.between(1, 2));
    shape.push_back(dice_.between(1, 4));
    const std::int64_t most = axes_ == 1 ? 40 : axes_ == 2 ? 16 : 8;
    for (int i = 0; i < axes_; ++i) shape.push_back(dice_.between(most / 3, most));
    return shape;
  }

  // Adds one layer; tries some until one is as wanted.
  void grow(bool wrong) {
    for (int tries = 0; tries < 12; ++tries) {
      std::vector<Node> candidate = propose(wrong);
      if (candidate.empty()) continue;
      std::vector<Tensor> made;
      bool refused = false;
      bool good = true;
      for (std::size_t i = 0; good && i < candidate.size(); ++i) {
        const Outcome outcome = evaluate(candidate, i);
        refused |= outcome.refused;
        good = outcome.parsed && outcome.small && (!refused || wrong);
        // A single value without axes leads nowhere.
        for (std::size_t k = 0; k < outcome.outputs.size() && !outcome.outputs[k].empty(); ++k)
          made.push_back({candidate[i].name + (k == 0 ? "" : ":" + std::to_string(k)), outcome.outputs[k]});
      }
      // A wrong layer is waited for, but not for ever.
      if (!good || (wrong && !refused && tries < 8)) continue;
      refused_ |= refused;
      for (Node& node : candidate) dag_.nodes.push_back(std::move(node));
      if (!refused || dice_.one_in(3)) tensors_.insert(tensors_.end(), made.begin(), made.end());
      return;
    }
  }

  struct Outcome {
    bool parsed = false;
    bool refused = false;
    bool small = true;
    std::vector<Shape> outputs;
  };

  // The formulas' word on one new layer behind all that is there.
  Outcome evaluate(const std::vector<Node>& fresh, std::size_t index) const {
    Dag dag = dag_;
    dag.nodes.insert(dag.nodes.end(), fresh.begin(), fresh.begin() + static_cast<std::ptrdiff_t>(index) + 1);
    const Parsed parsed = parse(Source("dag.json", json_of(dag)));
    Outcome outcome;
    outcome.parsed = parsed.findings.empty();
    if (!outcome.parsed) return outcome;
    const Trace trace = infer(parsed.spec);
    const LayerTrace& row = trace.layers.back();
    // A Residual stands for several layers.
    std::size_t first = trace.layers.size();
    const std::string inside = fresh[index].name + ".";
    while (first > 0 && (parsed.spec.layers[first - 1].name == fresh[index].name ||
                         parsed.spec.layers[first - 1].name.compare(0, inside.size(), inside) == 0))
      --first;
    for (std::size_t i = first; i < trace.layers.size(); ++i) {
      outcome.refused |= !trace.layers[i].refusals.empty();
      for (const Shape& shape : trace.layers[i].outputs)
        outcome.small &= elements(shape) <= 2 * kMostElements;
    }
    outcome.outputs.assign(row.outputs.begin(), row.outputs.end());
    return outcome;
  }

  bool refused_ = false;
};

}  // namespace shapedbg
