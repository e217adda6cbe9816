// Random layers that choose, look up or transform: masks, places, grids, Fourier transforms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dag_maps.h"

namespace shapedbg {

class DagSignals : protected DagMaps {
 protected:
  using DagMaps::DagMaps;

  std::vector<Node> choose(const Tensor& x, bool wrong) {
    const std::string other = wrong ? pick().name : x.name;
    const std::string compared = of({"Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"});
    switch (dice_.between(0, 4)) {
      case 0:
        return {node(compared, x).put("value", dice_.between(-1, 1))};
      case 1:
        return {Node{fresh_name(), compared, {}, {x.name, other}}};
      case 2:
        return {Node{fresh_name(), of({"LogicalAnd", "LogicalOr"}), {}, {x.name, other}}};
      case 3: {
        Node mask = node(compared, x).put("value", 0);
        Node filled{fresh_name(1), "MaskedFill", {}, {other, mask.name}};
        if (dice_.one_in(2)) filled.put("value", dice_.between(-2, 2));
        return {mask, filled};
      }
      default: {
        Node mask = node(compared, x).put("value", 0);
        Node chosen{fresh_name(1), "Where", {}, {mask.name, x.name}};
        if (dice_.one_in(2)) return {mask, chosen.put("value", 1)};
        chosen.inputs.push_back(other);
        return {mask, chosen};
      }
    }
  }

  // Elements in order, and where they were.
  std::vector<Node> look_up(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (rank == 0) return {node("Sort", x)};
    const std::int64_t dim = dice_.between(-rank, rank - (wrong ? 0 : 1));
    const std::int64_t size = x.shape[static_cast<std::size_t>((dim + rank) % rank)];
    switch (dice_.between(0, 3)) {
      case 0:
        return {node("Sort", x).put("dim", dim)};
      case 1:
        return {node("TopK", x).put("k", dice_.between(1, wrong ? size + 1 : size)).put("dim", dim)};
      case 2: {
        Node places = node("Sort", x).put("dim", dim);
        return {places,
                Node{fresh_name(1), "Gather", {{"dim", std::to_string(dim)}}, {x.name, places.name + ":1"}}};
      }
      default:
        return sample(x, wrong);
    }
  }

  // A grid as a table of its own, for every place of a batch.
  std::vector<Node> sample(const Tensor& x, bool wrong) {
    const auto axes = static_cast<std::int64_t>(x.shape.size()) - 2;
    if (axes < 2 && !wrong) return choose(x, wrong);
    std::vector<std::int64_t> sizes{x.shape[0]};
    for (std::int64_t i = 0; i < axes; ++i) sizes.push_back(dice_.between(1, 4));
    sizes.push_back(axes + (wrong ? dice_.between(0, 1) : 0));
    Node grid{fresh_name(), "Parameter", {{"shape", list(sizes)}}, {}};
    return {grid, Node{fresh_name(1), "GridSample", {}, {x.name, grid.name}}};
  }

  std::vector<Node> transform(const Tensor& x, bool wrong) {
    const auto rank = static_cast<std::int64_t>(x.shape.size());
    if (rank == 0) return choose(x, wrong);
    const std::string along = list({dice_.between(-rank, rank - (wrong ? 0 : 1))});
    switch (dice_.between(0, 5)) {
      case 0: {
        // As a FourierUnit does.
        Node there = node("RFFT", x).put("dim", along);
        return {there, Node{fresh_name(1), "IRFFT", {{"dim", along}}, {there.name}}};
      }
      case 1: {
        Node layer = node(of({"FFT", "IFFT"}), x).put("dim", along);
        if (dice_.one_in(3)) layer.put("n", list({dice_.between(1, 9)}));
        return {layer};
      }
      case 2: {
        const std::string other = wrong ? pick().name : x.name;
        Node complex{fresh_name(), "Complex", {}, {x.name, other}};
        return {complex, Node{fresh_name(1), "ViewAsReal", {}, {complex.name}}};
      }
      case 3: {
        Node pairs{fresh_name(), "Stack", {{"dim", "-1"}}, {x.name, x.name}};
        return {pairs, Node{fresh_name(1), "ViewAsComplex", {}, {wrong ? x.name : pairs.name}}};
      }
      default:
        return windows(x, wrong);
    }
  }

  // A spectrogram and back, of one signal or a batch of them.
  std::vector<Node> windows(const Tensor& x, bool wrong) {
    if (x.shape.size() > 2 && !wrong) return choose(x, wrong);
    const std::int64_t window = dice_.between(1, wrong ? 2 * x.shape.back() + 2 : x.shape.back());
    Node there = node("STFT", x).put("n_fft", window);
    if (dice_.one_in(2)) there.put("hop_length", dice_.between(1, 4));
    Node back{fresh_name(1), "ISTFT", there.options, {there.name}};
    return {there, back};
  }
};

}  // namespace shapedbg
