// A tensor that holds two things side by side and was taken as a whole: filter and gate, of which one is the
// tanh and the other the sigmoid; mean and variance of a code, of which the decoder is built for one.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/parts_and_steps.h"

namespace shapedbg {
namespace {

// Where the channels or features of a tensor stand that layer `maker` made.
std::optional<std::size_t> made_axis(const Spec& spec, Ref made, const Shape& x) {
  if (made.is_input() || x.size() < 2) return std::nullopt;
  const LayerSpec& maker = spec.layer(made.layer);
  if (maker.info().family == Family::linear) return x.size() - 1;
  return maker.info().family == Family::conv ? std::optional<std::size_t>(1) : std::nullopt;
}

std::string halves(std::size_t axis) { return R"(, "chunks": 2, "dim": )" + std::to_string(axis); }

Shape half_of(Shape x, std::size_t axis) {
  x[axis] /= 2;
  return x;
}

// One side of a product: the tensor itself, or one activation of it.
struct Side {
  LayerId reader;  // the layer that takes the tensor
  std::size_t input = 0;
  Ref from;
  bool activation = false;
};

Side side_of(const Spec& spec, LayerId product, std::size_t k) {
  const Ref ref = spec.layer(product).inputs[k];
  if (!ref.is_input()) {
    const LayerSpec& one = spec.layer(ref.layer);
    if (one.info().family == Family::pointwise && one.inputs.size() == 1)
      return {ref.layer, 0, one.inputs[0], true};
  }
  return {product, k, ref, false};
}

bool is_gate(const Spec& spec, const Side& side) {
  if (!side.activation) return false;
  const LayerKind kind = spec.layer(side.reader).kind;
  return kind == LayerKind::Sigmoid || kind == LayerKind::SiLU || kind == LayerKind::GELU;
}

// Both sides of a product take the whole of one tensor: each takes its half.
void split_gate(const Situation& s, LayerId product, std::vector<Candidate>& out,
                std::vector<Candidate>& partial) {
  const LayerSpec& mul = s.spec.layer(product);
  if (mul.broken || mul.kind != LayerKind::Mul || mul.inputs.size() != 2) return;
  Side first = side_of(s.spec, product, 0);
  Side second = side_of(s.spec, product, 1);
  if (first.from != second.from || (!is_gate(s.spec, first) && !is_gate(s.spec, second))) return;
  const Shape* x = s.trace.output(s.spec, first.from);
  if (x == nullptr) return;
  const auto axis = made_axis(s.spec, before_pointwise(s.spec, first.from), *x);
  if (!axis || (*x)[*axis] % 2 != 0) return;
  // The Chunk stands in front of whoever comes first.
  if (second.reader < first.reader) std::swap(first, second);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  const std::string name = s.spec.name_of(first.from);
  if (first.reader == product) return;
  if (!put_on_input(s, first.reader, "Chunk", halves(*axis), candidate)) return;
  const std::string& whole = candidate.changes.back().layer;
  const std::string chunk = whole.substr(whole.rfind('.') == std::string::npos ? 0 : whole.rfind('.') + 1);
  if (!refer_to(s, second.reader, second.input, chunk + ":1", true, candidate)) return;
  candidate.by_text = true;
  candidate.title = "put a Chunk behind `" + name + "`: one half of its " + std::to_string((*x)[*axis]) +
                    " channels for `" + s.spec.layer(first.reader).name + "`, the other for `" +
                    s.spec.layer(second.reader).name + "`";
  sort_in(s, std::move(candidate), out, partial);
}

// How many channels or features a layer takes and returns; nothing of one that has no such count.
struct Widths {
  std::int64_t takes = 0;
  std::int64_t returns = 0;
};

std::optional<Widths> widths_of(const LayerSpec& layer) {
  if (layer.broken || layer.inputs.size() != 1) return std::nullopt;
  const bool linear = layer.info().family == Family::linear;
  const Opt takes = linear ? Opt::in_features : Opt::in_channels;
  const Opt returns = linear ? Opt::out_features : Opt::out_channels;
  if (layer.find(takes) == nullptr || !layer.has(takes) || !layer.has(returns)) return std::nullopt;
  return Widths{layer.integer(takes), layer.integer(returns)};
}

// What a code goes through unchanged: nothing but views of it.
Ref before_views(const Spec& spec, Ref ref) {
  while (!ref.is_input()) {
    const LayerSpec& layer = spec.layer(ref.layer);
    const bool view = facts(layer.kind).effect == Effect::regrouped && layer.inputs.size() == 1;
    if (!view && layer.kind != LayerKind::Identity && layer.kind != LayerKind::Contiguous) break;
    ref = layer.inputs[0];
  }
  return ref;
}

// Whether a layer on the way to `in_front` narrows what it takes by as much as `maker` does, or more: it is
// one more of the layers that narrow step by step, and its width a count of its own.
bool narrows_as_others_do(const Spec& spec, const Widths& maker, Ref in_front) {
  for (const LayerId i : longest_path(spec, in_front)) {
    const auto its = widths_of(spec.layer(i));
    if (its && its->takes * maker.returns >= its->returns * maker.takes) return true;
  }
  return false;
}

// Mean and variance of a code, made by one layer: it narrows what it takes by more than the layers in front
// do, nothing is done to what it returns, and the layer that takes half of it widens it again.
bool is_code_with_variance(const Spec& spec, const LayerSpec& reader) {
  const auto up = widths_of(reader);
  const Ref made = before_views(spec, reader.inputs[0]);
  if (!up || up->returns <= up->takes || made.is_input()) return false;
  const auto down = widths_of(spec.layer(made.layer));
  return down && down->returns == 2 * up->takes && down->takes >= 2 * down->returns &&
         !narrows_as_others_do(spec, *down, spec.layer(made.layer).inputs[0]);
}

void take_the_mean(const Situation& s, LayerId fault, std::vector<Candidate>& out,
                   std::vector<Candidate>& partial) {
  const LayerSpec& layer = s.spec.layer(fault);
  const LayerTrace& row = s.trace.row(fault);
  if (layer.broken || layer.inputs.size() != 1 || row.inputs.empty() || row.inputs[0].size() < 2) return;
  const auto widths = widths_of(layer);
  if (!widths) return;
  const Shape& x = row.inputs[0];
  const std::size_t axis = layer.info().family == Family::linear ? x.size() - 1 : 1;
  if (x[axis] != 2 * widths->takes || !is_code_with_variance(s.spec, layer)) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_on_input(s, fault, "Chunk", halves(axis), candidate)) return;
  candidate.title = "put a Chunk in front of `" + layer.name + "`: " + bracketed(x) + " becomes twice " +
                    bracketed(half_of(x, axis)) + ", and it takes the first";
  sort_in(s, std::move(candidate), out, partial);
}

// The tensor that a spread is made of, one layer after the other that keeps its shape, and the first of them;
// -1 where there is none.
std::pair<Ref, LayerId> whole_behind(const Spec& spec, Ref ref) {
  LayerId first;
  while (!ref.is_input()) {
    const LayerSpec& one = spec.layer(ref.layer);
    const bool elementwise =
        one.info().family == Family::pointwise || one.info().family == Family::elementwise;
    if (one.broken || one.inputs.size() != 1 || !elementwise) break;
    first = ref.layer;
    ref = one.inputs[0];
  }
  return {ref, first};
}

// "[null, [20, null]]": a half of an axis, the first or the second.
std::string half(std::size_t axis, std::int64_t size, bool second) {
  std::string index = R"(, "index": [)";
  for (std::size_t k = 0; k < axis; ++k) index += "null, ";
  const std::string half = std::to_string(size / 2);
  return index + (second ? "[" + half + ", null]]" : "[null, " + half + "]]");
}

// Noise of half the features is scaled by the spread of the whole and added to the whole: mean and spread are
// its halves.
void split_at_the_noise(const Situation& s, LayerId product, std::vector<Candidate>& out,
                        std::vector<Candidate>& partial) {
  const LayerSpec& mul = s.spec.layer(product);
  const auto& inputs = s.trace.row(product).inputs;
  if (mul.kind != LayerKind::Mul || inputs.size() != 2 || mul.inputs.size() != 2) return;
  for (const std::size_t k : {0u, 1u}) {
    const auto [whole, first] = whole_behind(s.spec, mul.inputs[k]);
    const auto axis = made_axis(s.spec, whole, inputs[k]);
    if (first.is_none() || !axis || inputs[k][*axis] % 2 != 0 || half_of(inputs[k], *axis) != inputs[1 - k])
      continue;
    for (LayerId at = product + 1; at < s.spec.layers.end_id(); ++at) {
      const LayerSpec& sum = s.spec.layer(at);
      const auto mean = std::find(sum.inputs.begin(), sum.inputs.end(), whole);
      if (sum.kind != LayerKind::Add || mean == sum.inputs.end() ||
          std::count(sum.inputs.begin(), sum.inputs.end(), Ref{product, 0}) == 0)
        continue;
      Candidate candidate;
      candidate.kind = FixKind::missing_axis;
      candidate.telling = true;
      const std::int64_t size = inputs[k][*axis];
      if (!put_on_input(s, first, "Slice", half(*axis, size, true), candidate) ||
          !put_on_input(s, at, static_cast<std::size_t>(mean - sum.inputs.begin()), "Slice",
                        half(*axis, size, false), candidate))
        return;
      candidate.by_text = true;
      candidate.title = "take the first half of the " + std::to_string(size) + " features of `" +
                        s.spec.name_of(whole) + "` in `" + sum.name + "` and the second in `" +
                        s.spec.layer(first).name + "`, by a Slice each: mean and spread";
      sort_in(s, std::move(candidate), out, partial);
      return;
    }
  }
}

}  // namespace

void suggest_halves(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  take_the_mean(s, *fault, out, partial);
  split_at_the_noise(s, *fault, out, partial);
  // Of the products that what fails is made of, the nearest: each costs an inference.
  int looked_at = 0;
  constexpr int most = 2;
  for (LayerId i = *fault; !i.is_none() && looked_at < most; --i) {
    const std::size_t before = out.size() + partial.size();
    split_gate(s, i, out, partial);
    looked_at += out.size() + partial.size() > before ? 1 : 0;
  }
}

}  // namespace shapedbg
