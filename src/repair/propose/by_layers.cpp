// Layers put in: Crop, Pad or Upsample in front of a merge or at the end, PadToMultiple in front of the
// network with the Crop that belongs to it.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <span>

#include "diagnose/rules.h"
#include "flow/path.h"
#include "infer/again.h"
#include "infer/period.h"
#include "read/json/write.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

std::string json_list(const std::vector<std::int64_t>& values) {
  const std::string all = short_json(Value{values});
  return all;
}

// Names for several layers of one candidate.
class NewNames {
 public:
  explicit NewNames(const Spec& spec) : spec_(spec) {}
  std::string take(const std::string& base) {
    std::string name = free_name(spec_, base);
    for (int number = 2; std::count(taken_.begin(), taken_.end(), name) > 0; ++number)
      name = free_name(spec_, base + "_" + std::to_string(number));
    taken_.push_back(name);
    return name;
  }

 private:
  const Spec& spec_;
  std::vector<std::string> taken_;
};

bool at_least(const Shape& a, const Shape& b, std::size_t from) {
  for (std::size_t i = from; i < a.size(); ++i)
    if (a[i] < b[i]) return false;
  return true;
}

bool same_from(const Shape& a, const Shape& b, std::size_t from) {
  return a.size() == b.size() && a.size() > from &&
         std::equal(a.begin() + static_cast<std::ptrdiff_t>(from), a.end(),
                    b.begin() + static_cast<std::ptrdiff_t>(from));
}

// A whole level apart on some axis, about twice as large or more: a border of that width holds no
// counterpart.
bool level_apart(const Shape& a, const Shape& b, std::size_t from) {
  const auto twice = [](std::int64_t x, std::int64_t y) { return x > 16 ? 11 * x >= 20 * y : x >= 2 * y; };
  for (std::size_t i = from; i < a.size(); ++i)
    if (twice(a[i], b[i]) || twice(b[i], a[i])) return true;
  return false;
}

bool shrunk_beyond(const Shape& from, const Shape& to, std::int64_t factor) {
  for (std::size_t i = 2; i < from.size(); ++i)
    if (from[i] > factor * to[i]) return true;
  return false;
}

enum class Fit : std::uint8_t { border, resize };  // Crop or Pad; Upsample

// How input `k` of a layer is called where the layer stands. Within a block that is what the author wrote.
std::string name_there(const Situation& s, const LayerSpec& layer, std::size_t k, bool inner) {
  const std::string written(s.rewrite.reference(layer, k));
  if (!inner) return s.spec.name_of(layer.inputs[k]);
  return written == "prev" ? std::string(s.rewrite.name_before(layer)) : written;
}

// At the end of a Residual: its branch is made the size of what it took.
bool fit_branch(const Situation& s, LayerId sum, Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(sum);
  const LayerTrace& row = s.trace.row(sum);
  const bool crop = at_least(row.inputs[0], row.inputs[1], 2);
  const std::string base = crop ? "crop" : "pad";
  // "input" is what the branch takes: without a shortcut the other term.
  const auto like_its_input = [](const LayerSpec& other) {
    return std::vector<std::pair<Opt, Value>>{{Opt::size_like, Value{other.inputs[1]}}};
  };
  if (!put_at_branch_end(s, sum, crop ? LayerKind::Crop : LayerKind::Pad, base, R"(, "size_like": "input")",
                         like_its_input, candidate))
    return false;
  candidate.title = base + " the branch of `" + layer.name + "` to the size of its input at its end";
  for (std::size_t i = 2; i < row.inputs[0].size(); ++i)
    candidate.amount += crop ? 1 : std::abs(row.inputs[0][i] - row.inputs[1][i]);
  return true;
}

// Whether the sizes differ in what a Linear or an Embedding makes for each place: a number of theirs, and no
// place.
bool differ_in_features(const Situation& s, LayerId merge, std::size_t k, std::size_t other) {
  const Shape& x = s.trace.row(merge).inputs[k];
  const Shape& y = s.trace.row(merge).inputs[other];
  if (x.empty() || x.size() != y.size() || x.back() == y.back()) return false;
  const Ref from = producer(s.spec, s.trace, s.spec.layer(merge).inputs[k], x.size() - 1);
  if (from.is_input() || s.spec.layer(from.layer).broken) return false;
  const Family family = s.spec.layer(from.layer).info().family;
  return family == Family::linear || family == Family::embedding;
}

// Makes input `k` of `merge` the size of its input `other`. False when the file does not allow it.
bool fit_input(const Situation& s, LayerId merge, std::size_t k, std::size_t other, Fit how,
               Candidate& candidate) {
  const LayerSpec& layer = s.spec.layer(merge);
  const LayerTrace& row = s.trace.row(merge);
  if (layer.typed_as == "Residual")
    return k == 0 && how == Fit::border && candidate.changes.empty() && fit_branch(s, merge, candidate);
  if (differ_in_features(s, merge, k, other)) return false;
  const bool crop = at_least(row.inputs[k], row.inputs[other], 2);
  const std::string type = how == Fit::resize ? "Upsample" : crop ? "Crop" : "Pad";
  const std::string verb = how == Fit::resize ? "resize" : crop ? "crop" : "pad";
  const auto prefix = s.rewrite.prefix(layer);
  const bool inner = prefix && !prefix->empty();
  const std::vector<std::string_view> texts = s.rewrite.references(layer);
  if (std::any_of(texts.begin(), texts.end(), [](std::string_view text) { return text.empty(); }))
    return false;
  const bool takes_previous = inner && texts[k] == "prev";
  const std::string from = takes_previous ? "prev" : name_there(s, layer, k, inner);
  const std::string like = name_there(s, layer, other, inner);
  if (from.empty() || like.empty()) return false;
  const auto name = put_before(
      s, merge, type, R"(, "inputs": )" + to_json(Value{from}) + R"(, "size_like": )" + to_json(Value{like}),
      candidate, verb);
  if (!name) return false;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    // `prev` means the layer put in from now on.
    const bool stale = i != k && texts[i] == "prev";
    if ((i != k && !stale) || (i == k && takes_previous)) continue;
    const std::string now = i == k ? *name : name_there(s, layer, i, inner);
    if (now.empty()) return false;
    refer_to(s, merge, i, now, i == k, candidate);
  }
  const std::string what = verb + " `" + s.spec.name_of(layer.inputs[k]) + "` to the size of `" +
                           s.spec.name_of(layer.inputs[other]) + "` in front of `" + layer.name + "`";
  if (inner)
    candidate.where = layer.used_at.empty() ? "within the Residual" : "in the block, for all its uses";
  candidate.title += (candidate.title.empty() ? "" : ", ") + what;
  if (how == Fit::border && level_apart(row.inputs[k], row.inputs[other], 2))
    candidate.doubt = Doubt::nonsense;
  if (how == Fit::resize && shrunk_beyond(row.inputs[k], row.inputs[other], 4))
    candidate.doubt = Doubt::nonsense;
  // A row or two are padded; where maps shrank on purpose, the skip is cropped. Resized is what is smaller.
  for (std::size_t i = 2; i < row.inputs[k].size(); ++i)
    candidate.amount += how == Fit::resize ? (crop ? 2 : 1)
                        : crop             ? 1
                                           : std::abs(row.inputs[k][i] - row.inputs[other][i]);
  return true;
}

// The input of a merge that has another size than `other`; nothing when there are none or several.
std::optional<std::size_t> misfit(std::span<const Shape> inputs, std::size_t other) {
  std::optional<std::size_t> found;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (same_from(inputs[k], inputs[other], 2)) continue;
    if (found) return std::nullopt;
    found = k;
  }
  return found;
}

void fit_one_merge(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const auto& inputs = s.trace.row(merge).inputs;
  std::vector<std::size_t> done;
  for (std::size_t other = inputs.size(); other-- > 0;) {
    const std::optional<std::size_t> k = misfit(inputs, other);
    if (!k || std::count(done.begin(), done.end(), *k) > 0) continue;
    done.push_back(*k);
    for (const Fit how : {Fit::border, Fit::resize}) {
      if (how == Fit::resize && !level_apart(inputs[*k], inputs[other], 2)) continue;
      Candidate candidate;
      candidate.kind = FixKind::fit;
      if (!fit_input(s, merge, *k, other, how, candidate)) continue;
      // Between equals the way through the bottleneck is made the size of the skip.
      const auto& refs = s.spec.layer(merge).inputs;
      if (s.path_to(refs[*k]).size() < s.path_to(refs[other]).size()) ++candidate.amount;
      out.push_back(std::move(candidate));
    }
  }
}

// A convolution of kernel_size 1 on the way past the branch of a Residual that changes channels or size.
void add_shortcut(const Situation& s, std::vector<Candidate>& out) {
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& sum = s.spec.layers[i];
    const LayerTrace& row = s.trace.layers[i];
    if (sum.typed_as != "Residual" || row.refusals.empty() || row.after_failure || row.inputs.size() != 2)
      continue;
    const Shape& branch = row.inputs[0];
    const Shape& taken = row.inputs[1];
    if (branch.size() != taken.size() || branch.size() < 3 || branch.size() > 5 || branch[0] != taken[0])
      return;
    std::vector<std::int64_t> stride;
    for (std::size_t k = 2; k < branch.size(); ++k) {
      stride.push_back((taken[k] + branch[k] - 1) / branch[k]);
      if ((taken[k] - 1) / stride.back() + 1 != branch[k]) return;
    }
    // Uses that want other numbers want words (by_word.cpp).
    const auto same_need = [&](LayerId copy) {
      const auto& inputs = s.trace.row(copy).inputs;
      return inputs.size() == 2 && inputs[0][1] == branch[1];
    };
    const std::vector<LayerId> all = copies(s.spec, LayerId(i));
    if (!std::all_of(all.begin(), all.end(), same_need)) return;
    const std::string step = json_list(stride);
    InsertLayer layer{InsertLayer::Where::shortcut, LayerId(), {}, {}, {}, {}, {}};
    layer.kind = find_kind("Conv" + std::to_string(branch.size() - 2) + "d")->kind;
    layer.options = {{Opt::out_channels, Value{branch[1]}}, {Opt::kernel_size, Value{std::int64_t{1}}}};
    if (step != "1") layer.options.emplace_back(Opt::stride, short_value(Value{stride}));
    const std::string object = entry_text(s.spec, layer, {}, {});
    Candidate candidate;
    candidate.kind = FixKind::projection;
    Moves moves;
    for (const LayerId copy : copies(s.spec, LayerId(i))) {
      const LayerSpec& other = s.spec.layer(copy);
      layer.at = copy;
      layer.name = other.name + ".shortcut.0";
      layer.inputs = {other.inputs[1]};
      layer.feeds = {{copy, 1}};
      candidate.changes.push_back({layer.name, "layer", "null", object});
      moves.emplace_back(layer);
    }
    if (!add_text(moves, s.rewrite.add_shortcut(sum, object), candidate)) return;
    candidate.inserted = 1;
    candidate.title = "give `" + sum.name + "` a shortcut of kernel_size 1 that makes " + bracketed(branch) +
                      " of " + bracketed(taken);
    out.push_back(std::move(candidate));
    return;
  }
}

void fit_merges(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most = 8;
  std::vector<LayerId> merges;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerTrace& row = s.trace.layers[i];
    const bool merge = std::any_of(row.refusals.begin(), row.refusals.end(),
                                   [](const Refusal& r) { return r.code == Code::L208 && r.axis >= 2; });
    // Queries and keys differ in features, which nobody crops.
    const bool features = s.spec.layers[i].info().family == Family::attention;
    if (merge && !features && row.inputs.size() >= 2) merges.push_back(LayerId(i));
  }
  if (merges.empty() || merges.size() > most) return;
  const auto equal_ranks = [&](LayerId merge) {
    const auto& inputs = s.trace.row(merge).inputs;
    return std::all_of(inputs.begin(), inputs.end(),
                       [&](const Shape& x) { return x.size() == inputs[0].size() && x.size() > 2; });
  };
  if (equal_ranks(merges[0])) fit_one_merge(s, merges[0], out);
  if (merges.size() == 1) return;
  // Every merge: the way through the bottleneck is made the size of the skip.
  Candidate candidate;
  candidate.kind = FixKind::fit;
  std::vector<Span> done;  // of a block that is used several times, once
  for (const LayerId merge : merges) {
    const LayerSpec& layer = s.spec.layer(merge);
    if (!equal_ranks(merge) || layer.inputs.size() != 2) return;
    const bool second = s.path_to(layer.inputs[1]).size() > s.path_to(layer.inputs[0]).size();
    if (std::count(done.begin(), done.end(), layer.where.span) > 0) continue;
    done.push_back(layer.where.span);
    if (!fit_input(s, merge, second ? 1 : 0, second ? 0 : 1, Fit::border, candidate)) return;
  }
  if (done.size() == 1) return;  // as above
  candidate.places = static_cast<int>(merges.size());
  candidate.title =
      "crop or pad the deeper input of " + std::to_string(merges.size()) + " merges to the size of the skip";
  out.push_back(std::move(candidate));
}

// What a Crop, Pad or Upsample at the end has to say for `got` to become `want`; empty when it cannot.
std::string fit_options(const Situation& s, const Shape& got, const Shape& want, Fit how, std::string& type) {
  const std::size_t first = std::min<std::size_t>(2, got.size());
  if (got.size() != want.size() || got.size() < 3 || same_from(got, want, first)) return {};
  for (std::size_t i = 0; i < got.size(); ++i)
    if (i < first && want[i] != Expect::any_size && want[i] != got[i]) return {};
  Shape sizes = want;
  for (std::size_t i = first; i < got.size(); ++i)
    if (sizes[i] == Expect::any_size) sizes[i] = got[i];
  const bool crop = at_least(got, sizes, first);
  type = how == Fit::resize ? "Upsample" : crop ? "Crop" : "Pad";
  if (same_from(sizes, s.spec.inputs[0].shape, first)) return R"("size_like": "input")";
  if (crop || how == Fit::resize)
    return R"("size": )" + json_list({sizes.begin() + static_cast<std::ptrdiff_t>(first), sizes.end()});
  std::vector<std::int64_t> pads;
  for (std::size_t i = got.size(); i-- > first;) {
    pads.push_back(0);
    pads.push_back(sizes[i] - got[i]);
  }
  return R"("padding": )" + to_json(Value{pads});
}

bool append_fit(const Situation& s, const Shape& got, const Shape& want, Fit how, NewNames& names,
                Candidate& candidate, std::string& type) {
  const std::string options = fit_options(s, got, want, how, type);
  if (options.empty()) return false;
  const std::string name = names.take(type == "Upsample" ? "resize" : type == "Crop" ? "crop" : "pad");
  const std::string object = R"({"name": ")" + name + R"(", "type": ")" + type + R"(", )" + options + "}";
  return put_at_end(s, name, object, candidate);
}

void fit_end(const Situation& s, Fit how, std::vector<Candidate>& out) {
  const Shape* got = s.trace.result(s.spec);
  if (!s.spec.expect || got == nullptr) return;
  Candidate candidate;
  candidate.kind = FixKind::fit;
  NewNames names(s.spec);
  std::string type;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  if (!append_fit(s, *got, want, how, names, candidate, type)) return;
  Shape sizes = want;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] == Expect::any_size) sizes[i] = (*got)[i];
  const bool apart = level_apart(*got, sizes, std::min<std::size_t>(2, sizes.size()));
  if (how == Fit::resize && !apart) return;
  // Most of a result thrown away is no repair, zeros at its border are no result.
  if (how == Fit::resize && shrunk_beyond(*got, sizes, 4)) candidate.doubt = Doubt::nonsense;
  if (how == Fit::border && apart) candidate.doubt = Doubt::nonsense;
  // What lies between the samples of a signal is made by layers.
  if (how == Fit::resize && sizes.size() == 3) candidate.doubt = Doubt::worst;
  if (type == "Pad") candidate.doubt = Doubt::worst;
  const bool input = candidate.changes[0].to.find("size_like") != std::string::npos;
  const std::string verb = type == "Upsample" ? "resize" : type == "Crop" ? "crop" : "pad";
  candidate.title =
      verb + " the output " +
      (input ? "to the size of the input" : "to " + by_x(want, std::min<std::size_t>(2, want.size()))) +
      (type == "Upsample" ? " by an " : " by a ") + type + " at the end";
  out.push_back(std::move(candidate));
}

// In front `front`, at the end what makes the output of the padded input the wanted size.
void around(const Situation& s, const std::string& base, const std::string& options, const Shape& padded,
            const std::string& title, std::vector<Candidate>& out) {
  Spec open = s.spec;
  open.expect.reset();
  std::vector<Shape> inputs;
  for (const InputSpec& input : s.spec.inputs) inputs.push_back(input.shape);
  inputs[0] = padded;
  const auto layers = static_cast<std::int64_t>(open.layers.size());
  if (s.steps < layers) return;
  s.steps -= layers;
  const Trace trace = infer(open, inputs);
  if (!holds(open, trace)) return;
  const Shape got = *trace.result(open);

  Candidate candidate;
  candidate.kind = base == "PadToMultiple" ? FixKind::padded_input : FixKind::pad_and_crop;
  NewNames names(s.spec);
  const std::string name = names.take("pad");
  const std::string object = R"({"name": ")" + name + R"(", "type": ")" + base + R"(", )" + options + "}";
  if (!put_in_front(s, name, object, candidate)) return;
  candidate.title = title;
  const std::size_t first = std::min<std::size_t>(2, got.size());
  Shape want;
  if (s.spec.expect) {
    want = expected_shape(s.spec, *s.spec.expect);
  } else if (same_from(got, padded, first)) {
    // Nothing is expected, but the size that went in comes out.
    want = got;
    std::copy(s.spec.inputs[0].shape.begin() + static_cast<std::ptrdiff_t>(first),
              s.spec.inputs[0].shape.end(), want.begin() + static_cast<std::ptrdiff_t>(first));
  }
  std::string type;
  if (!want.empty() && append_fit(s, got, want, Fit::border, names, candidate, type)) {
    if (type != "Crop") return;
    candidate.title += " and crop the output back";
    candidate.places = 2;
  }
  if (!candidate.edits.empty()) out.push_back(std::move(candidate));
}

Shape padded_to(const Shape& input, const std::vector<std::int64_t>& multiples) {
  Shape padded = input;
  for (std::size_t a = 0; a < multiples.size(); ++a)
    padded[a + 2] = (input[a + 2] + multiples[a] - 1) / multiples[a] * multiples[a];
  return padded;
}

// As much padding as data, along some axis.
bool twice_as_large(const Shape& padded, const Shape& input) {
  for (std::size_t k = 2; k < input.size(); ++k)
    if (padded[k] >= 2 * input[k]) return true;
  return false;
}

// Tries numbers to whose multiples the input could be padded.
class Multiples {
 public:
  explicit Multiples(const Situation& s) : s_(s), open_(without_expect(s.spec)) {
    for (const InputSpec& tensor : s.spec.inputs) inputs_.push_back(tensor.shape);
  }

  // The smallest to whose multiples the network runs: a period holds all that the layers divide by, whatever
  // else gives back of it. 0 where there is none.
  std::int64_t enough() {
    constexpr std::int64_t most = 256;
    for (std::int64_t multiple = 2; multiple <= most; ++multiple) {
      if (twice_as_large(padded_to(input(), all(multiple)), input())) return 0;
      if (runs_at(multiple)) return multiple;
    }
    return 0;
  }

  // The smallest part of a period that does: a view that counts classes divides by them as well.
  std::int64_t part_of(std::int64_t period) {
    for (std::int64_t part = 2; 2 * part <= period; ++part)
      if (period % part == 0 && runs_at(part)) return part;
    return period;
  }

 private:
  static Spec without_expect(Spec spec) {
    spec.expect.reset();
    return spec;
  }
  const Shape& input() const { return s_.spec.inputs[0].shape; }
  std::vector<std::int64_t> all(std::int64_t multiple) const {
    return std::vector<std::int64_t>(input().size() - 2, multiple);
  }

  // The next three of its multiples at least, of which the first is none of the sizes that are there.
  bool runs_at(std::int64_t multiple) {
    const auto layers = static_cast<std::int64_t>(open_.layers.size());
    inputs_[0] = padded_to(input(), all(multiple));
    bool runs = inputs_[0] != input();
    for (int more = 0; runs && more < 3; ++more) {
      if (s_.steps < layers) return false;
      s_.steps -= layers;
      runs = holds(open_, inference_.at(inputs_));
      for (std::size_t k = 2; k < input().size(); ++k) inputs_[0][k] += multiple;
    }
    return runs;
  }

  const Situation& s_;
  Spec open_;
  std::vector<Shape> inputs_;
  Inference inference_{open_};
};

// The nearest larger input from which the output is at least as large as expected.
void pad_by_numbers(const Situation& s, std::vector<Candidate>& out) {
  const Shape& input = s.spec.inputs[0].shape;
  const Shape* got = s.trace.result(s.spec);
  if (!s.spec.expect || got == nullptr) return;
  const Shape want = expected_shape(s.spec, *s.spec.expect);
  if (want.size() != got->size() || want.size() != input.size()) return;
  Spec open = s.spec;
  open.expect.reset();
  std::vector<Shape> inputs;
  for (const InputSpec& one : s.spec.inputs) inputs.push_back(one.shape);
  const Inference inference(open);
  const auto layers = static_cast<std::int64_t>(open.layers.size());
  constexpr std::int64_t most = 16;
  std::vector<std::int64_t> pads;
  for (std::size_t i = input.size(); i-- > 2;) {
    std::int64_t pad = 0;
    for (; pad <= most; ++pad) {
      if (s.steps < layers) return;
      s.steps -= layers;
      inputs[0][i] = input[i] + pad;
      const Trace trace = inference.at(inputs);
      const Shape* result = trace.result(open);
      if (result != nullptr && result->size() > i && (want[i] == Expect::any_size || (*result)[i] >= want[i]))
        break;
    }
    if (pad > most) return;
    pads.push_back(0);
    pads.push_back(pad);
  }
  if (inputs[0] == input) return;
  const std::size_t before = out.size();
  around(s, "Pad", R"("padding": )" + to_json(Value{pads}), inputs[0],
         "pad the input to " + by_x(inputs[0], 2) + " in front", out);
  for (std::size_t i = before; i < out.size(); ++i) out[i].amount = 100;  // right for one size only
}

}  // namespace

void suggest_fits(const Situation& s, std::vector<Candidate>& out) {
  add_shortcut(s, out);
  fit_merges(s, out);
  fit_end(s, Fit::border, out);
  fit_end(s, Fit::resize, out);
}

void suggest_padded_input(const Situation& s, std::vector<Candidate>& out) {
  const std::vector<Axis> axes = spatial_axes(s.spec);
  if (axes.empty() || s.spec.inputs.empty()) return;
  const Shape& input = s.spec.inputs[0].shape;
  if (input.size() != axes.size() + 2) return;
  std::vector<std::int64_t> multiples;
  bool known = true;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    multiples.push_back(periods_of(s.spec, static_cast<int>(a) + 2).likely);
    known = known && multiples.back() >= 1 && multiples.back() <= 65'536;
  }
  Shape padded = known ? padded_to(input, multiples) : input;
  const auto take = [&](std::int64_t multiple) {
    multiples.assign(axes.size(), multiple);
    padded = padded_to(input, multiples);
  };
  bool alike = std::equal(multiples.begin() + 1, multiples.end(), multiples.begin());
  if (!known || twice_as_large(padded, input)) {
    const std::int64_t enough = Multiples(s).enough();
    if (enough == 0) return;
    take(enough);
    alike = true;
  } else if (alike && !s.spec.expect) {
    take(Multiples(s).part_of(multiples[0]));
  }
  if (padded != input) {
    around(s, "PadToMultiple", R"("multiple": )" + json_list(multiples), padded,
           "pad the input to multiples of " + (alike ? std::to_string(multiples[0]) : by_x(multiples)) +
               " in front",
           out);
  }
  pad_by_numbers(s, out);
}

}  // namespace shapedbg
