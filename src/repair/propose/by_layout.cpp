// The axes of an input in another order than the first layer takes them: the input written in that order, or
// a Permute in front and, where the order is wanted back, one behind everything. And a branch that takes the
// layer before it where it should take what that layer took.
#include <algorithm>
#include <numeric>
#include <optional>

#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// In [N, H, W, C] the channels stand last where the layer takes them second.
void order_of_input(const Situation& s, LayerId index, std::vector<Candidate>& out,
                    std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(index);
  if (layer.inputs.size() != 1 || !layer.inputs[0].is_input()) return;
  const Family family = layer.info().family;
  if (family != Family::conv && family != Family::conv_transpose) return;
  const OptionValue* option = layer.find(Opt::in_channels);
  if (option == nullptr || !option->written) return;
  const auto input = layer.inputs[0].input();
  const Shape& x = s.spec.inputs[input].shape;
  const auto axes = layer.axis_count();
  if (x.size() != axes + 1 && x.size() != axes + 2) return;
  const std::size_t at = x.size() - axes - 1;
  // Last, or in [N, T, C, H, W] between: the one axis that has as many.
  const std::int64_t channels = layer.integer(Opt::in_channels);
  const auto from = static_cast<std::ptrdiff_t>(at);
  if (x[at] == channels) return;
  auto held = x.back() == channels ? x.end() - 1 : std::find(x.begin() + from, x.end(), channels);
  if (held == x.end() || (x.back() != channels && std::count(held + 1, x.end(), channels) > 0)) return;
  const std::ptrdiff_t behind = held - x.begin() + 1;
  Shape fresh = x;
  std::rotate(fresh.begin() + from, fresh.begin() + behind - 1, fresh.begin() + behind);
  std::vector<std::int64_t> order(x.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::rotate(order.begin() + from, order.begin() + behind - 1, order.begin() + behind);
  const auto place = [&](Candidate candidate) { sort_in(s, std::move(candidate), out, partial); };
  const bool repeats =
      input == 0 && s.spec.expect && s.spec.expect->kind == Expect::Kind::shape && s.spec.expect->shape == x;
  // Whoever counts the channels last gives them to other libraries so: it is the input that is turned.
  Candidate fed;
  fed.kind = FixKind::input_order;
  if (feed(s, input, fresh, fed)) {
    bool whole = true;
    for (std::size_t k = 0; repeats && k < x.size(); ++k) {
      if (x[k] == fresh[k]) continue;
      std::vector<Edit> edits = s.rewrite.set_size(s.spec.expect->where, k, fresh[k]);
      whole = whole && !edits.empty();
      std::move(edits.begin(), edits.end(), std::back_inserter(fed.edits));
    }
    fed.title = "feed `" + s.spec.inputs[input].name + "` as " + bracketed(fresh) +
                ", its channels in front of its places";
    if (whole) place(std::move(fed));
  }
  if (input != 0) return;
  Candidate turned;
  turned.kind = FixKind::missing_axis;
  if (!put_first(s, "Permute", R"(, "dims": )" + to_json(Value{order}), turned)) return;
  turned.title = "put a Permute in front: " + bracketed(x) + " becomes " + bracketed(fresh);
  const Shape want = s.spec.expect ? expected_shape(s.spec, *s.spec.expect) : Shape{};
  Candidate both = turned;
  place(std::move(turned));
  if (want.size() != x.size()) return;
  std::vector<std::int64_t> inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    inverse[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  if (!put_last(s, "Permute", R"(, "dims": )" + to_json(Value{inverse}), both)) return;
  both.title += ", and one behind everything back";
  both.amount = 2;
  place(std::move(both));
}

// A latent of [N, C] in front of a layer that takes C as channels: a map of one place.
void latent_to_map(const Situation& s, LayerId index, std::vector<Candidate>& out,
                   std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(index);
  const auto& inputs = s.trace.row(index).inputs;
  const Family family = layer.info().family;
  if ((family != Family::conv && family != Family::conv_transpose) || layer.inputs.size() != 1 ||
      !layer.inputs[0].is_input() || inputs.size() != 1 || inputs[0].size() != 2)
    return;
  const OptionValue* option = layer.find(Opt::in_channels);
  if (option == nullptr || !option->written || layer.integer(Opt::in_channels) != inputs[0][1]) return;
  Shape map{inputs[0][1]};
  map.resize(layer.axis_count() + 1, 1);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (!put_on_input(s, index, "Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{map}),
                    candidate))
    return;
  Shape fresh = map;
  fresh.insert(fresh.begin(), inputs[0][0]);
  candidate.title = "put an Unflatten in front of `" + layer.name + "`: " + bracketed(inputs[0]) +
                    " becomes " + bracketed(fresh);
  sort_in(s, std::move(candidate), out, partial);
}

// Two heads in a row: the second is built for what the first one took, and both are alike.
void second_head(const Situation& s, LayerId index, std::vector<Candidate>& out,
                 std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(index);
  if (layer.inputs.size() != 1 || layer.inputs[0].is_input()) return;
  const auto counted = [](const LayerSpec& one) -> std::optional<std::int64_t> {
    for (const Opt opt : {Opt::in_channels, Opt::in_features})
      if (const OptionValue* option = one.find(opt); option != nullptr && option->written)
        return one.integer(opt);
    return std::nullopt;
  };
  const auto wanted = counted(layer);
  if (!wanted) return;
  // Back over activations: the head in front may have one.
  LayerId at = layer.inputs[0].layer;
  for (int most = 4; most > 0 && keeps_shape(s.spec.layer(at).info().family); --most) {
    const LayerSpec& one = s.spec.layer(at);
    if (one.inputs.size() != 1 || one.inputs[0].is_input()) return;
    at = one.inputs[0].layer;
  }
  const LayerSpec& head = s.spec.layer(at);
  if (head.kind != layer.kind || head.inputs.size() != 1) return;
  const auto taken = counted(head);
  const Shape* x = s.trace.output(s.spec, head.inputs[0]);
  const Shape* now = s.trace.output(s.spec, layer.inputs[0]);
  if (x == nullptr || now == nullptr || x->size() != now->size()) return;
  const std::size_t axis = layer.info().axes > 0 ? 1 : x->size() - 1;
  if ((taken && *taken != *wanted) || axis >= x->size() || (*x)[axis] != *wanted) return;
  Candidate candidate;
  candidate.kind = FixKind::source;
  if (!turn_input(s, index, 0, head.inputs[0], candidate)) return;
  candidate.title = "take `" + s.spec.name_of(head.inputs[0]) + "` instead of `" +
                    s.spec.name_of(layer.inputs[0]) + "` in `" + layer.name + "`, as `" + head.name +
                    "` does";
  sort_in(s, std::move(candidate), out, partial);
}

// Whether tensors can be joined: equal, but for the axis along which they are.
bool meet(const std::vector<Shape>& inputs, std::size_t joined) {
  for (const Shape& x : inputs)
    for (std::size_t k = 0; k < x.size(); ++k)
      if (k != joined && x[k] != inputs[0][k]) return false;
  return true;
}

// A tensor that is joined with the others once two of its axes are exchanged: tokens of [N, L, C] beside a
// map of [N, C, L]. What is summed is a branch's affair (by_level.cpp).
void turned_part(const Situation& s, LayerId index, std::vector<Candidate>& out,
                 std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(index);
  const Shapes& inputs = s.trace.row(index).inputs;
  if (facts(layer.kind).merge != Merge::joins || inputs.size() < 2 || inputs.size() != layer.inputs.size())
    return;
  const std::size_t rank = inputs[0].size();
  if (rank < 3 || std::any_of(inputs.begin(), inputs.end(), [&](const Shape& x) { return x.size() != rank; }))
    return;
  const std::size_t joined = wrapped_axis(layer.integer(Opt::dim), rank);
  for (std::size_t k = 0; k < inputs.size(); ++k)
    for (std::size_t a = 1; a < rank; ++a)
      for (std::size_t b = a + 1; b < rank; ++b) {
        std::vector<Shape> turned(inputs.begin(), inputs.end());
        std::swap(turned[k][a], turned[k][b]);
        if (turned[k] == inputs[k] || !meet(turned, joined)) continue;
        Candidate candidate;
        candidate.kind = FixKind::missing_axis;
        if (!put_on_input(s, index, k, "Transpose",
                          R"(, "dim0": )" + std::to_string(a) + R"(, "dim1": )" + std::to_string(b),
                          candidate))
          continue;
        candidate.title = "put a Transpose between `" + s.spec.name_of(layer.inputs[k]) + "` and `" +
                          layer.name + "`: " + bracketed(inputs[k]) + " becomes " + bracketed(turned[k]);
        sort_in(s, std::move(candidate), out, partial);
      }
}

// What is expected is what comes with two of its places exchanged, and the input has these too: its height
// is its width.
void exchanged_places(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const Shape* got = s.trace.result(s.spec);
  if (got == nullptr || !s.spec.expect || s.spec.inputs.size() != 1) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  const Shape& x = s.spec.inputs[0].shape;
  if (want.size() != got->size() || x.size() != want.size()) return;
  for (std::size_t a = 2; a < x.size(); ++a)
    for (std::size_t b = a + 1; b < x.size(); ++b) {
      Shape turned = *got;
      std::swap(turned[a], turned[b]);
      if (turned == *got || turned != want || x[a] == x[b]) continue;
      Shape fresh = x;
      std::swap(fresh[a], fresh[b]);
      Candidate candidate;
      candidate.kind = FixKind::input_order;
      if (!feed(s, 0, fresh, candidate)) return;
      candidate.title = "feed `" + s.spec.inputs[0].name + "` as " + bracketed(fresh) + ", its axes " +
                        std::to_string(a) + " and " + std::to_string(b) + " exchanged";
      sort_in(s, std::move(candidate), out, partial);
    }
}

}  // namespace

void suggest_layouts(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) {
    exchanged_places(s, out, partial);
    return;
  }
  const Code code = s.trace.row(*fault).refusals[0].code;
  if (code == Code::L203 || code == Code::L204) latent_to_map(s, *fault, out, partial);
  if (code == Code::L208) turned_part(s, *fault, out, partial);
  if (code != Code::L203 && code != Code::L209 && code != Code::L205) return;
  order_of_input(s, *fault, out, partial);
  second_head(s, *fault, out, partial);
}

}  // namespace shapedbg
