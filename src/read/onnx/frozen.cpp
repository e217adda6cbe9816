// Numbers that were sizes. An exporter runs the program at one shape and writes what a size was then; at
// another shape such a file stops in a Reshape, or in a merge behind a Resize. Here they follow the input
// again, as far as one reading alone makes everything fit.
#include <algorithm>
#include <climits>
#include <cmath>

#include "read/onnx/importer.h"

namespace shapedbg::onnx {
namespace {

constexpr std::size_t most_readings = 4096;     // of one Reshape
constexpr std::size_t most_steps = 64;          // from a map to the merge that takes it
constexpr std::size_t most_effort = 2'000'000;  // readings and steps of one file

}  // namespace

// What each entry of a Reshape can have been, itself first; the second number says how far-fetched that is.
std::vector<std::vector<std::pair<SizeId, int>>> Importer::thawing(const SizeIds& x, const SizeIds& target,
                                                                   std::optional<std::size_t> open) {
  std::vector<std::vector<std::pair<SizeId, int>>> readings;
  const auto same = [&](SizeId size, SizeId number) {
    return sizes_.declared(size) == sizes_.declared(number);
  };
  const auto front = static_cast<std::size_t>(
      std::mismatch(x.begin(), x.end(), target.begin(), target.end(), same).first - x.begin());
  const auto back = static_cast<std::size_t>(
      std::mismatch(x.rbegin(), x.rend(), target.rbegin(), target.rend(), same).first - x.rbegin());
  for (std::size_t i = 0; i < target.size(); ++i) {
    auto& list = readings.emplace_back();
    list.emplace_back(target[i], 0);
    const double number = sizes_.value(target[i]);
    if ((open && *open == i) || !sizes_.fixed(target[i]) || number < 1 || (number == 1 && i > 0)) continue;
    // Less so where it stands where it stood.
    const bool kept = i < front || target.size() - i <= back;
    const auto may_be = [&](SizeId size, int cost) {
      const auto known = [&](const auto& one) { return one.first == size; };
      if (!sizes_.fixed(size) && sizes_.declared(size) == number && list.size() < 8 &&
          std::none_of(list.begin(), list.end(), known))
        list.emplace_back(size, cost + (kept && cost > 1 ? 1 : 0));
    };
    if (i < x.size()) may_be(x[i], 1);
    for (std::size_t first = 0; first < x.size(); ++first) {
      SizeId product = x[first];
      may_be(product, 2);
      if (const double times = sizes_.declared(product) / number; times == std::floor(times) && times > 1)
        may_be(sizes_.divide(product, sizes_.number(times)), 5);
      if (sizes_.declared(product) == 1) continue;
      for (std::size_t last = first + 1; last < x.size(); ++last)
        if (sizes_.declared(x[last]) != 1) may_be(product = sizes_.multiply(product, x[last]), 2);
    }
    if (const auto maps = sizes_when_made_.find(number); maps != sizes_when_made_.end())
      for (const SizeId size : maps->second) may_be(size, 2);
  }
  return readings;
}

// The nearest reading that keeps the number of elements at every size; `target` where its numbers do, or
// where none does.
SizeIds Importer::thawed_reshape(const Node& node, const SizeIds& x, const SizeIds& target,
                                 std::optional<std::size_t> open) {
  if (!thaw_) return target;
  SizeId total = sizes_.number(1);
  for (const SizeId id : x) total = sizes_.multiply(total, id);
  // What it costs that the numbers of elements are the same at every size; nothing where they are not.
  const auto keeps = [&](const SizeIds& shape) -> std::optional<int> {
    SizeId rest = sizes_.number(1);
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (!open || *open != i) rest = sizes_.multiply(rest, shape[i]);
    if (!open) return rest == total ? std::optional(0) : std::nullopt;
    // What is left is a number or a size that went in, else at least of each item of the batch.
    const SizeId left = sizes_.divide(total, rest);
    if (sizes_.multiply(left, rest) != total) return {};
    if (*open == 0 || sizes_.fixed(left) || std::find(x.begin(), x.end(), left) != x.end()) return 0;
    return !x.empty() && shape[0] == x[0] ? std::optional(6) : std::nullopt;
  };
  if (keeps(target) == 0) return target;
  const auto readings = thawing(x, target, open);
  std::vector<std::size_t> chosen(target.size(), 0);
  SizeIds best;
  int least = INT_MAX;
  for (std::size_t tried = 0; tried < most_readings && ++effort_ < most_effort; ++tried) {
    SizeIds shape;
    int cost = 0;
    for (std::size_t i = 0; i < target.size(); ++i) {
      shape.push_back(readings[i][chosen[i]].first);
      cost += readings[i][chosen[i]].second;
    }
    if (const auto more = cost < least ? keeps(shape) : std::nullopt; more && cost + *more < least) {
      best = std::move(shape);
      least = cost + *more;
    }
    std::size_t place = target.size();
    while (place > 0 && ++chosen[place - 1] == readings[place - 1].size()) chosen[--place] = 0;
    if (place == 0) break;
  }
  if (best.empty()) return target;
  froze(node, target, best);
  return best;
}

// The last sizes of what a merge behind `node` joins its result to, where they were `want` when the file was
// made.
std::optional<SizeIds> Importer::met_later(const Node& node, const SizeIds& want, std::size_t rank) {
  const auto front = static_cast<std::ptrdiff_t>(rank - want.size());
  std::vector<TensorId> reached{output(node, 0)};
  for (std::size_t step = 0; step < reached.size() && step < most_steps; ++step) {
    if (reached[step] == no_tensor) continue;
    for (const int reader : at(reached[step]).readers) {
      if (++effort_ > most_effort) return {};
      const Node& next = model_.graph.nodes[static_cast<std::size_t>(reader)];
      for (std::size_t k = 0; k < next.inputs.size(); ++k) {
        const SizeIds* other = shape(next, k);
        if (!other || other->size() != rank) continue;
        SizeIds sizes(other->begin() + front, other->end());
        bool fits = sizes != want;
        for (std::size_t i = 0; i < want.size(); ++i)
          fits = fits && sizes_.declared(sizes[i]) == sizes_.declared(want[i]) &&
                 (!sizes_.fixed(sizes[i]) || sizes[i] == want[i]);
        if (fits) return sizes;
      }
      for (std::size_t k = 0; k < next.outputs.size(); ++k) reached.push_back(output(next, k));
    }
  }
  return {};
}

// Of a map that is made as large as `out`, whose sizes are numbers: what the merge behind it wants, else with
// `scales` a whole multiple of what goes in.
std::optional<SizeIds> Importer::thawed_map(const Node& node, const SizeIds& x, const SizeIds& out,
                                            bool scales) {
  if (!thaw_ || out.size() < 3 || x.size() != out.size()) return {};
  const SizeIds want(out.begin() + 2, out.end());
  bool numbers = false;
  for (std::size_t i = 0; i < want.size(); ++i)
    numbers = numbers || (want[i] != x[i + 2] && (!scales || sizes_.fixed(want[i])));
  if (!numbers) return {};
  SizeIds made = out;
  if (const auto met = met_later(node, want, out.size())) {
    std::copy(met->begin(), met->end(), made.begin() + 2);
  } else if (scales) {
    for (std::size_t i = 2; i < made.size(); ++i) {
      const double times = sizes_.declared(out[i]) / std::max(1.0, sizes_.declared(x[i]));
      if (!sizes_.fixed(out[i])) continue;
      if (sizes_.fixed(x[i]) || times != std::floor(times)) return {};
      made[i] = sizes_.multiply(x[i], sizes_.number(times));
    }
  } else {
    return {};
  }
  froze(node, out, made);
  return made;
}

// Of what Expand or Tile made of `x`: the axes that it repeated are as long as what the merge behind it has
// there.
SizeIds Importer::thawed_repeat(const Node& node, const SizeIds& x, SizeIds out) {
  if (!thaw_ || out == x) return out;
  auto met = met_later(node, out, out.size());
  if (!met) return out;
  froze(node, out, *met);
  return std::move(*met);
}

// Only what is another number at the shape that is asked for stops a runtime.
void Importer::froze(const Node& node, const SizeIds& numbers, const SizeIds& sizes) {
  std::vector<std::int64_t> were;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (sizes_.value(numbers[i]) != sizes_.value(sizes[i])) were.push_back(sizes_.size(numbers[i]));
  if (were.empty() || !frozen_.insert(static_cast<std::size_t>(&node - model_.graph.nodes.data())).second)
    return;
  if (first_frozen_.empty()) first_frozen_ = shown(node) + ", which holds " + by_x(were);
}

// Once, about the file.
void Importer::say_frozen() {
  std::string declared;
  for (const ValueInfo& info : model_.graph.inputs) {
    const TensorId id = tensor(info.name);
    if (id == no_tensor || at(id).parameter || !info.has_shape || declared.size() > 300) continue;
    std::vector<std::int64_t> sizes;
    for (const Dim& dim : info.shape) sizes.push_back(dim.value > 0 ? dim.value : 0);
    if (std::find(sizes.begin(), sizes.end(), 0) == sizes.end() && sizes != shape_of(id))
      declared +=
          (declared.empty() ? "`" : ", `") + std::string(info.name.substr(0, 100)) + "` = " + by_x(sizes);
  }
  if (declared.empty()) return;
  if (frozen_.empty()) {
    result_.guesses.push_back("the file declares " + declared +
                              ": onnxruntime refuses other sizes until it is exported with free ones");
    return;
  }
  const bool one = frozen_.size() == 1;
  say(Code::I606,
      "the file is fixed to " + declared + ": " +
          (one ? std::string("one node holds a size of that input as a number: ")
               : std::to_string(frozen_.size()) +
                     " nodes hold sizes of that input as numbers, the first is ") +
          first_frozen_,
      {"onnxruntime stops there at other sizes: export it anew with free ones (torch.onnx.export with "
       "dynamic_shapes, or with dynamic_axes where dynamo=False)",
       "the layers are checked as if those numbers followed the input, as the program has it"});
}

}  // namespace shapedbg::onnx
