// Silent bugs put into right networks: a view where there was a Permute, a Permute left out. Whether that
// changes anything is read from index tensors, up to the next layer that does more than move elements.
#include <algorithm>
#include <numeric>

#include "meaning/idioms.h"
#include "meaning/read.h"
#include "net/move.h"

namespace shapedbg {
namespace {

struct Indices {
  Shape shape;
  std::vector<std::int64_t> at;
};

bool moves_elements(Family family) {
  return family == Family::permute || family == Family::transpose || family == Family::reshape ||
         family == Family::flatten || family == Family::unflatten;
}

std::vector<std::size_t> order_of(const LayerSpec& layer, std::size_t rank) {
  std::vector<std::size_t> order(rank);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto axis = [&](std::int64_t dim) {
    return static_cast<std::size_t>(dim < 0 ? dim + static_cast<std::int64_t>(rank) : dim);
  };
  if (layer.info().family == Family::permute) {
    for (std::size_t k = 0; k < rank; ++k) order[k] = axis(layer.integers(Opt::dims)[k]);
  } else if (layer.info().family == Family::transpose) {
    std::swap(order[axis(layer.integer(Opt::dim0))], order[axis(layer.integer(Opt::dim1))]);
  }
  return order;
}

Indices moved_by(const LayerSpec& layer, const Indices& x, const Shape& out) {
  Indices y{out, std::vector<std::int64_t>(x.at.size())};
  const std::size_t rank = x.shape.size();
  const bool turns = layer.info().family == Family::permute || layer.info().family == Family::transpose;
  if (!turns) return {out, x.at};
  const std::vector<std::size_t> order = order_of(layer, rank);
  std::vector<std::int64_t> strides(rank, 1);
  for (std::size_t k = rank; k-- > 1;) strides[k - 1] = strides[k] * x.shape[k];
  for (std::size_t i = 0; i < y.at.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (std::size_t k = rank; k-- > 0;) {
      from += rest % out[k] * strides[order[k]];
      rest /= out[k];
    }
    y.at[i] = x.at[static_cast<std::size_t>(from)];
  }
  return y;
}

// What is read behind layer `i` and all that only moves elements behind it.
std::vector<std::int64_t> read_behind(const Spec& spec, const Trace& trace, std::size_t i, Indices x) {
  for (;;) {
    x = moved_by(spec.layers[i], x, trace.layers[i].outputs[0]);
    std::vector<std::size_t> readers;
    for (std::size_t k = i + 1; k < spec.layers.size(); ++k)
      for (const Ref ref : spec.layers[k].inputs)
        if (ref.layer == LayerId(i)) readers.push_back(k);
    if (readers.size() != 1 || !moves_elements(spec.layers[readers[0]].info().family)) return x.at;
    i = readers[0];
  }
}

bool runs(const Trace& trace) {
  return std::all_of(trace.layers.begin(), trace.layers.end(), [](const LayerTrace& row) {
    return row.refusals.empty() && !row.after_failure && !row.outputs.empty();
  });
}

// The network with another layer in place of layer `i`, or with none.
std::optional<Moved> with(const Spec& spec, std::size_t i, const std::vector<Expression>& view) {
  Moves moves{RemoveLayer{LayerId(i)}};
  if (!view.empty()) {
    InsertLayer insert{
        InsertLayer::Where::before,  LayerId(i), LayerKind::Reshape, "view", {spec.layers[i].inputs[0]},
        {{Opt::shape, Value{view}}}, {}};
    for (std::size_t k = i + 1; k < spec.layers.size(); ++k)
      for (std::size_t input = 0; input < spec.layers[k].inputs.size(); ++input)
        if (spec.layers[k].inputs[input] == Ref{LayerId(i), 0}) insert.feeds.push_back({LayerId(k), input});
    if (insert.feeds.empty()) return std::nullopt;
    moves.emplace_back(std::move(insert));
  }
  return shapedbg::apply(spec, moves);
}

struct Counts {
  int changed = 0;
  int found = 0;
  std::string missed;
};

void plant(const Spec& spec, std::size_t i, bool as_view, Counts& counts) {
  const Trace trace = infer(spec);
  const Shape& in = trace.layers[i].inputs[0];
  const Shape& out = trace.layers[i].outputs[0];
  std::vector<Expression> sizes;
  for (std::size_t k = 0; as_view && k < out.size(); ++k) {
    const bool batch = k == 0 && out[0] == in[0];
    const auto parsed = Expression::parse(batch ? "in[0]" : std::to_string(out[k]));
    sizes.push_back(std::get<Expression>(parsed));
  }
  const auto moved = with(spec, i, sizes);
  if (!moved) return;
  const Trace after = infer(moved->net);
  const Shape* was = trace.result(spec);
  const Shape* is = after.result(moved->net);
  if (!runs(after) || was == nullptr || is == nullptr || *was != *is) return;
  Indices x{in, std::vector<std::int64_t>(static_cast<std::size_t>(
                    std::accumulate(in.begin(), in.end(), std::int64_t{1}, std::multiplies<>())))};
  std::iota(x.at.begin(), x.at.end(), std::int64_t{0});
  if (!as_view && in != out) return;  // what follows reads other sizes: no element by element comparison
  Spec same = spec;
  same.layers[i].kind = LayerKind::Contiguous;
  if (read_behind(spec, trace, i, x) == read_behind(same, trace, i, x)) return;
  ++counts.changed;
  if (!walk_for_findings(moved->net, after).troubles.empty())
    ++counts.found;
  else
    counts.missed += "\n" + spec.layers[i].name + " of " + bracketed(in) + " to " + bracketed(out);
}

TEST(Planted, AViewInPlaceOfAPermuteIsFound) {
  Counts views;
  Counts left_out;
  for (const Idiom& idiom : idioms) {
    const Spec spec = network(idiom.text);
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
      const Family family = spec.layers[i].info().family;
      if (family != Family::permute && family != Family::transpose) continue;
      plant(spec, i, true, views);
      plant(spec, i, false, left_out);
    }
  }
  RecordProperty("views", views.changed);
  EXPECT_GE(views.changed, 15);
  EXPECT_GE(views.found * 100, views.changed * 90) << views.found << " of " << views.changed << views.missed;
  EXPECT_GE(left_out.found * 100, left_out.changed * 75)
      << left_out.found << " of " << left_out.changed << left_out.missed;
}

}  // namespace
}  // namespace shapedbg
