// An axis that the layers need and the tensor does not have: batch or channels in front, Flatten before
// a Linear. Or that stands elsewhere: channels last where a layer takes them first, and the other way round.
// (by_rank.cpp: in the middle of a network.)
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

Shape with_axis(Shape shape, std::size_t at) {
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at), 1);
  return shape;
}

// The input written with one more axis, in the file and where the expected shape repeats it.
void written_with_axis(const Situation& s, std::size_t at, const std::string& what,
                       std::vector<Candidate>& out) {
  const InputSpec& input = s.spec.inputs[0];
  const Shape fresh = with_axis(input.shape, at);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.amount = 1;
  candidate.title = "give the input a " + what + ": " + bracketed(fresh);
  if (!add_moves(s, {InsertAxis{0, at, 1}}, candidate)) return;
  candidate.changes.push_back({"input", "shape", bracketed(input.shape), bracketed(fresh)});
  if (s.spec.expect && s.spec.expect->kind == Expect::Kind::shape &&
      s.spec.expect->shape.size() == input.shape.size()) {
    add_moves(s, {InsertAxis{-1, at, 1}}, candidate);
  }
  out.push_back(std::move(candidate));
}

// H,W where N,C,H,W is meant.
void image_alone(const Situation& s, std::vector<Candidate>& out) {
  const InputSpec& input = s.spec.inputs[0];
  const Shape fresh = with_axis(with_axis(input.shape, 0), 0);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.title = "give the input a batch and a channel axis: " + bracketed(fresh);
  if (!add_moves(s, {InsertAxis{0, 0, 1}, InsertAxis{0, 0, 1}}, candidate)) return;
  candidate.changes.push_back({"input", "shape", bracketed(input.shape), bracketed(fresh)});
  out.push_back(std::move(candidate));
}

void unsqueezed(const Situation& s, std::size_t at, std::vector<Candidate>& out) {
  const InputSpec& input = s.spec.inputs[0];
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  const std::string name = free_name(s.spec, "unsqueeze");
  const std::string object =
      R"({"name": ")" + name + R"(", "type": "Unsqueeze", "dim": )" + std::to_string(at) + "}";
  candidate.title = "put an Unsqueeze with dim " + std::to_string(at) +
                    " in front: " + bracketed(input.shape) + " becomes " +
                    bracketed(with_axis(input.shape, at));
  if (!put_in_front(s, name, object, candidate)) return;
  out.push_back(std::move(candidate));
}

// A Linear that is built for all that a map holds.
void flattened(const Situation& s, LayerId index, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  if (layer.info().family != Family::linear || row.inputs.empty() || !layer.has(Opt::in_features)) return;
  const Shape& x = row.inputs[0];
  std::optional<std::size_t> start;
  for (const std::size_t from : {std::size_t{1}, std::size_t{0}})
    if (!start && x.size() > from + 1 && x.size() > 2 && elements(x, from) == layer.integer(Opt::in_features))
      start = from;
  if (!start) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.applicability = Applicability::safe;
  if (!put_on_input(s, index, "Flatten", *start == 1 ? "" : R"(, "start_dim": 0)", candidate)) return;
  candidate.title = "put a Flatten in front of `" + layer.name + "`: " + bracketed(x) + " holds the " +
                    std::to_string(layer.integer(Opt::in_features)) + " features";
  out.push_back(std::move(candidate));
}

// A Linear behind a map, built for more than the last axis of it holds: for all of a map, of another size
// than this one. It lacks its Flatten, and counts.
void flattened_and_counted(const Situation& s, LayerId index, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  if (layer.info().family != Family::linear || row.inputs.empty() || !layer.has(Opt::in_features)) return;
  const Shape& x = row.inputs[0];
  const std::int64_t built_for = layer.integer(Opt::in_features);
  const std::int64_t features = x.size() > 2 ? elements(x, 1) : -1;
  if (features < 1 || features == built_for || built_for % x[1] != 0 || built_for / x[1] < 2) return;
  if (std::count(x.begin(), x.end(), built_for) > 0) return;  // an axis of it stands elsewhere
  const Ref from = before_pointwise(s.spec, layer.inputs[0]);
  if (from.is_input() || s.spec.layer(from.layer).info().axes + 2 != static_cast<int>(x.size())) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.amount = 1;
  if (!add_sets(s, {{index, Opt::in_features, Value{features}}}, candidate)) return;
  if (!put_on_input(s, index, "Flatten", "", candidate)) return;
  candidate.places = 1;
  candidate.title = "put a Flatten in front of `" + layer.name + "`, and set its in_features to " +
                    std::to_string(features) + ": " + bracketed(x) + " holds as many";
  out.push_back(std::move(candidate));
}

// The order in which the axis with the channels that `layer` is built for stands where the layer takes them:
// second of a convolution or a BatchNorm, which get them last; last of a Linear or a LayerNorm, which do not.
// Empty where no axis has that size.
std::vector<std::int64_t> order_for(const LayerSpec& layer, const Shape& x) {
  const auto rank = static_cast<std::int64_t>(x.size());
  const auto moved = [&](std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < rank; ++i)
      if (i != from) order.push_back(i);
    order.insert(order.begin() + to, from);
    return order;
  };
  const auto to_last = [&](std::int64_t features) {
    const auto at = std::find(x.begin() + 1, x.end(), features);
    return at == x.end() ? std::vector<std::int64_t>{} : moved(at - x.begin(), rank - 1);
  };
  // [N, T, C, H, W]: the one axis between that has the channels.
  const auto from_between = [&](std::int64_t channels) {
    const auto at = std::find(x.begin() + 2, x.end(), channels);
    const bool one = at != x.end() && x[1] != channels && std::count(x.begin() + 2, x.end(), channels) == 1;
    return one ? moved(at - x.begin(), 1) : std::vector<std::int64_t>{};
  };
  const auto axes = static_cast<std::int64_t>(layer.info().axes);
  const auto written = [&](Opt opt) { return layer.has(opt) && x.back() == layer.integer(opt); };
  switch (facts(layer.kind).channels) {
    case Channels::before_axes:
      if (facts(layer.kind).effect == Effect::kept) return {};  // InstanceNorm takes any rank that fits
      if (rank >= axes + 1 && written(Opt::in_channels)) return moved(rank - 1, rank - axes - 1);
      return rank == axes + 2 && layer.has(Opt::in_channels) ? from_between(layer.integer(Opt::in_channels))
                                                             : std::vector<std::int64_t>{};
    case Channels::second:
      if (axes == 0) return {};
      return rank >= 3 && written(Opt::num_features) ? moved(rank - 1, 1) : std::vector<std::int64_t>{};
    case Channels::last: {
      if (rank < 3) return {};
      for (const Opt opt : {Opt::in_features, Opt::input_size, Opt::embed_dim, Opt::d_model})
        if (layer.find(opt) != nullptr)
          return layer.has(opt) ? to_last(layer.integer(opt)) : std::vector<std::int64_t>{};
      const auto* shape = layer.find(Opt::normalized_shape);
      if (shape == nullptr) return {};
      const auto* sizes = std::get_if<std::vector<std::int64_t>>(&shape->value);
      return sizes != nullptr && sizes->size() == 1 ? to_last(sizes->front()) : std::vector<std::int64_t>{};
    }
    case Channels::none:
      return {};
  }
  return {};
}

// Channels do not stand last behind a layer that counts axes, unless something in between orders them anew.
bool may_stand_last(const Spec& spec, Ref tensor) {
  const std::vector<LayerId> path = longest_path(spec, tensor);
  for (auto before = path.rbegin(); before != path.rend(); ++before) {
    const LayerSpec& layer = spec.layer(*before);
    const FamilyFacts& is = facts(layer.kind);
    if (is.channels == Channels::last || is.effect == Effect::reordered || is.effect == Effect::stated)
      return true;
    // Reshape and Unflatten set sizes by themselves, Embedding adds its features behind all others.
    if (layer.find(Opt::shape) != nullptr || layer.find(Opt::unflattened_size) != nullptr ||
        layer.find(Opt::embedding_dim) != nullptr)
      return true;
    if (layer.info().axes > 0) return false;
  }
  return true;
}

// The layer right behind `index` in the file, where it alone takes the result, without saying so.
bool flows_on(const Spec& spec, const Rewrite& rewrite, LayerId index) {
  const auto next = index.place() + 1;
  if (next >= spec.layers.size()) return false;
  for (std::size_t i = next; i < spec.layers.size(); ++i)
    for (std::size_t k = 0; k < spec.layers[i].inputs.size(); ++k)
      if (spec.layers[i].inputs[k].layer == index &&
          (i != next ||
           (!rewrite.reference(spec.layers[i], k).empty() && rewrite.reference(spec.layers[i], k) != "prev")))
        return false;
  return true;
}

// Where the one layer that takes the result of `index` takes it: as its one input, or in a merge with
// something else.
std::optional<std::pair<LayerId, std::size_t>> read_at(const Spec& spec, LayerId index) {
  std::optional<std::pair<LayerId, std::size_t>> found;
  for (std::size_t i = index.place() + 1; i < spec.layers.size(); ++i)
    for (std::size_t k = 0; k < spec.layers[i].inputs.size(); ++k) {
      if (spec.layers[i].inputs[k].layer != index) continue;
      const bool alone = spec.layers[i].inputs.size() == 1 && spec.layers[i].inputs[0].output == 0;
      if (found || (!alone && facts(spec.layers[i].kind).merge != Merge::adds)) return std::nullopt;
      found = {LayerId(i), k};
    }
  return found;
}

// A Linear, a LayerNorm, or what goes along a sequence.
bool takes_them_last(const LayerSpec& layer) {
  const Family family = layer.info().family;
  return family == Family::linear || family == Family::layer_norm || family == Family::recurrent ||
         family == Family::attention || family == Family::transformer_layer;
}

// Or what keeps every value in its place.
bool works_on_last(const LayerSpec& layer) {
  return takes_them_last(layer) || layer.info().family == Family::pointwise;
}

// Takes its channels in front of its places, or keeps every value in its place.
bool works_in_front(const LayerSpec& layer) {
  if (layer.broken || layer.inputs.size() != 1 || takes_them_last(layer)) return false;
  const Channels channels = facts(layer.kind).channels;
  return channels == Channels::second || channels == Channels::before_axes ||
         layer.info().family == Family::pointwise;
}

// The channels are the sum of a join, which stand where the layer takes them: it is the sum that is wrong.
bool joins_channels(const Situation& s, Ref tensor) {
  const Ref from = before_pointwise(s.spec, tensor);
  if (from.is_input()) return false;
  const LayerSpec& join = s.spec.layer(from.layer);
  const Shapes& inputs = s.trace.row(from.layer).inputs;
  return !join.broken && join.info().family == Family::concat && !inputs.empty() && inputs[0].size() > 2 &&
         wrapped_axis(join.integer(Opt::dim), inputs[0].size()) == 1;
}

// A view of features, which have no order of their own, that states the channels behind the places where the
// layer takes them in front: the same sizes in that order.
void view_as_taken(const Situation& s, LayerId index, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  if (row.inputs.empty() || layer.inputs.empty()) return;
  const Ref from = before_pointwise(s.spec, layer.inputs[0]);
  const auto opt = taken_by(layer);
  const auto axis = axis_of_channels(layer, row.inputs[0].size());
  if (from.is_input() || !opt || !axis || *axis == 0) return;
  const LayerSpec& view = s.spec.layer(from.layer);
  const Shapes& taken = s.trace.row(from.layer).inputs;
  if (view.broken || view.info().family != Family::reshape || taken.empty() || taken[0].size() != 2) return;
  const OptionValue* option = view.find(Opt::shape);
  const auto* sizes = option == nullptr ? nullptr : std::get_if<std::vector<Expression>>(&option->value);
  if (sizes == nullptr || sizes->size() != row.inputs[0].size()) return;
  std::vector<Expression> fresh = *sizes;
  const Expression wanted(layer.integer(*opt));
  const auto first = fresh.begin() + static_cast<std::ptrdiff_t>(*axis);
  const auto held = std::find(first + 1, fresh.end(), wanted);
  if (held == fresh.end() || *first == wanted || std::count(held + 1, fresh.end(), wanted) > 0) return;
  std::rotate(first, held, held + 1);
  const std::vector<Set> sets{{from.layer, Opt::shape, Value{std::move(fresh)}}};
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.title = title_of(s.spec, sets);
  if (add_sets(s, sets, candidate)) out.push_back(std::move(candidate));
}

// The same Permute in front of the layers of that kind beside it that read the same tensor as it does:
// windows of several widths over one text.
bool turn_likes(const Situation& s, LayerId index, const std::vector<std::int64_t>& order,
                Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(index);
  const Shape& x = s.trace.row(index).inputs[0];
  const std::string first = candidate.title.substr(0, candidate.title.find(':'));
  std::string others;
  for (LayerId i = index + 1; i < s.spec.layers.end_id(); ++i) {
    const LayerSpec& other = s.spec.layer(i);
    if (other.broken || other.kind != layer.kind || other.inputs.size() != 1 ||
        other.inputs[0] != layer.inputs[0] || order_for(other, x) != order)
      continue;
    if (!put_on_input(s, i, "Permute", R"(, "dims": )" + to_json(Value{order}), candidate)) return false;
    others += ", `" + other.name + "`";
  }
  if (!others.empty()) candidate.title.insert(first.size(), others);
  return true;
}

// A Permute in front of the layer; with `back`, another behind it that undoes the first.
void permuted(const Situation& s, LayerId index, bool back, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(index);
  const LayerTrace& row = s.trace.row(index);
  if (row.inputs.empty() || layer.inputs.empty()) return;
  const Shape& x = row.inputs[0];
  const std::vector<std::int64_t> order = order_for(layer, x);
  if (order.empty()) return;
  const bool last_axis = takes_them_last(layer);
  if (!last_axis && (!may_stand_last(s.spec, layer.inputs[0]) || joins_channels(s, layer.inputs[0]))) return;
  // Behind an input with a batch and places, what has an axis less is no single sample.
  const auto axes = layer.axis_count();
  if (!last_axis && axes > 0 && x.size() == axes + 1 && !layer.inputs[0].is_input() &&
      s.spec.inputs[0].shape.size() > x.size())
    return;
  Shape fresh;
  for (const std::int64_t axis : order) fresh.push_back(x[static_cast<std::size_t>(axis)]);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.title =
      "put a Permute in front of `" + layer.name + "`: " + bracketed(x) + " becomes " + bracketed(fresh);
  if (!put_on_input(s, index, "Permute", R"(, "dims": )" + to_json(Value{order}), candidate)) return;
  if (!back && !turn_likes(s, index, order, candidate)) return;
  // Layers that count axes behind it take their channels where they stood.
  if (!back && last_axis)
    for (std::size_t i = index.place() + 1; i < s.spec.layers.size(); ++i) {
      const Family family = s.spec.layers[i].info().family;
      if (family == Family::permute || family == Family::transpose || family == Family::flatten) break;
      if (s.spec.layers[i].info().axes > 0) return;
    }
  if (back) {
    // What works on the same axis goes with it.
    LayerId last = index;
    while (last + 1 < s.spec.layers.end_id() &&
           (last_axis ? works_on_last(s.spec.layer(last + 1)) : works_in_front(s.spec.layer(last + 1))) &&
           flows_on(s.spec, s.rewrite, last))
      ++last;
    const bool at_end = last + 1 == s.spec.layers.end_id();
    // All of the network: its layout is another one (by_layout.cpp).
    if (at_end && !last_axis && last != index && layer.inputs[0].is_input()) return;
    const bool flows = at_end || flows_on(s.spec, s.rewrite, last);
    const auto read = flows ? std::nullopt : read_at(s.spec, last);
    if (!flows && !read) return;
    std::vector<std::int64_t> inverse(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    const std::string dims = R"(, "dims": )" + to_json(Value{inverse});
    // At the end of a branch it stands in front of the sum.
    const bool in_branch = !at_end && flows && s.spec.layers[last.place() + 1].typed_as == "Residual";
    if (read        ? !put_on_input(s, read->first, read->second, "Permute", dims, candidate)
        : at_end    ? !put_last(s, "Permute", dims, candidate)
        : in_branch ? !put_on_input(s, last + 1, 0, "Permute", dims, candidate)
                    : !put_before(s, last + 1, "Permute", dims, candidate))
      return;
    candidate.title += ", and one behind " +
                       (last == index ? std::string("it") : "`" + s.spec.layer(last).name + "`") + " back";
  }
  out.push_back(std::move(candidate));
}

// All elements are there, in another number of axes than expected: the reshape at the end.
void unflattened(const Situation& s, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (!s.spec.expect || got == nullptr) return;
  Shape want = expected_shape(s.spec, *s.spec.expect);
  if (want.size() < 2 || got->empty() || want.size() == got->size() || want[0] != got->front()) return;
  if (std::count(want.begin(), want.end(), Expect::any_size) > 0) return;
  if (elements(want, 1) < 1 || elements(want, 1) != elements(*got, 1)) return;
  want[0] = -1;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  const std::string name = free_name(s.spec, "reshape");
  const std::string object =
      R"({"name": ")" + name + R"(", "type": "Reshape", "shape": )" + to_json(Value{want}) + "}";
  candidate.title = "put a Reshape to " + bracketed(want) + " at the end";
  if (!put_at_end(s, name, object, candidate)) return;
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_axes(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  unflattened(s, out);
  if (const auto fault = first_fault(s.trace)) {
    flattened(s, *fault, out);
    flattened_and_counted(s, *fault, out);
    view_as_taken(s, *fault, out);
    for (const bool back : {false, true}) permuted(s, *fault, back, out);
  }
  if (s.spec.inputs.empty()) return;
  const Shape& shape = s.spec.inputs[0].shape;
  // The first layer that counts axes says what the input should have had.
  for (const LayerSpec& layer : s.spec.layers) {
    if (layer.info().axes == 0 || layer.inputs.empty()) continue;
    const auto axes = layer.axis_count();
    if (layer.inputs[0] == Ref::of_input(0) && shape.size() == axes) image_alone(s, out);
    if (layer.inputs[0] != Ref::of_input(0) || shape.size() != axes + 1) return;
    // A layer for one channel that gets the batch as channels.
    if (layer.has(Opt::in_channels) && layer.integer(Opt::in_channels) == 1 && shape[0] != 1) {
      unsqueezed(s, 1, out);
      written_with_axis(s, 1, "channel axis", out);
    }
    const std::size_t before = out.size();
    written_with_axis(s, 0, "batch axis", out);
    if (before < out.size() && lacks_a_batch(s.spec)) partial.push_back(out.back());
    return;
  }
}

}  // namespace shapedbg
