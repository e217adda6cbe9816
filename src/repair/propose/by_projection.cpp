// The 1x1 convolution that a shortcut needs around layers that step or change the number of channels.
#include <algorithm>
#include <optional>

#include "diagnose/rules.h"
#include "flow/meeting.h"
#include "net/parameter.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// By how much `way` goes down along the axis; nothing where it goes up, or by no fixed factor.
std::optional<std::int64_t> factor_down(const Situation& s, const std::vector<LayerId>& way,
                                        const Axis& axis) {
  std::int64_t factor = 1;
  for (const LayerId i : way) {
    const Resize resize = resize_of(s.spec, s.trace, i, axis);
    if (resize.way == Resize::Way::up || (resize.way == Resize::Way::down && resize.factor < 1))
      return std::nullopt;
    if (resize.way == Resize::Way::down) factor *= resize.factor;
    if (factor > 64) return std::nullopt;
  }
  return factor;
}

// Whether input `k` of the sum is a shortcut around `meeting.main` that a convolution of kernel_size 1 can be
// put into: both come from one tensor, and no convolution stands in it yet.
bool takes_projection(const Situation& s, const LayerSpec& sum, const Meeting& meeting, std::size_t k) {
  // Ways from two inputs are branches, no way and its shortcut.
  const auto start = [&](const std::vector<LayerId>& way) {
    const auto& inputs = s.spec.layer(way.front()).inputs;
    return inputs.empty() ? Ref{} : inputs[0];
  };
  if (!meeting.skip.empty() && start(meeting.skip) != start(meeting.main)) return false;
  // A shortcut that has its convolution, with a norm or without, lacks a number, no further layer.
  const auto convolves = [&](LayerId i) {
    const LayerSpec& one = s.spec.layer(i);
    return !one.broken && one.info().family == Family::conv && window_of(one, 0).k == 1;
  };
  const bool own = !meeting.skip.empty() && Ref{meeting.skip.back(), 0} == sum.inputs[k] &&
                   std::count_if(meeting.skip.begin(), meeting.skip.end(), convolves) == 1 &&
                   std::all_of(meeting.skip.begin(), meeting.skip.end(), [&](LayerId i) {
                     return convolves(i) || keeps_shape(s.spec.layer(i).info().family);
                   });
  if (own) return false;
  // A way with windows of its own is a branch.
  return std::none_of(meeting.skip.begin(), meeting.skip.end(), [&](LayerId i) {
    const LayerSpec& one = s.spec.layer(i);
    return !one.broken && one.info().family == Family::conv && window_of(one, 0).k > 1;
  });
}

// What the convolution steps by along each of `axes`, so that `x` becomes as large as `want`; nothing where
// no stride does that.
std::optional<std::vector<std::int64_t>> projecting_stride(const Situation& s, const Meeting& meeting,
                                                           const Shape& x, const Shape& want,
                                                           const std::vector<Axis>& axes) {
  std::vector<std::int64_t> stride;
  for (const Axis& axis : axes) {
    const auto main = factor_down(s, meeting.main, axis);
    const auto skip = factor_down(s, meeting.skip, axis);
    if (!main || !skip || *main % *skip != 0) return std::nullopt;
    stride.push_back(*main / *skip);
    const std::size_t at = stride.size() + 1;
    if ((x[at] - 1) / stride.back() + 1 != want[at]) return std::nullopt;
  }
  return stride;
}

void project(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const LayerTrace& row = s.trace.row(merge);
  // A product scales what is there: neither of its factors is a shortcut.
  if (layer.kind != LayerKind::Add || row.inputs.size() != 2) return;
  const std::optional<Meeting> meeting = meeting_at(s.spec, s.trace, merge);
  if (!meeting || meeting->main.empty()) return;
  const std::size_t k = layer.inputs[0] == Ref{meeting->main.back(), 0} ? 1 : 0;
  if (!takes_projection(s, layer, *meeting, k)) return;
  const Shape& x = row.inputs[k];
  const Shape& want = row.inputs[1 - k];
  const std::vector<Axis> axes = spatial_axes(s.spec);
  if (x.size() != want.size() || x.size() != axes.size() + 2 || x[0] != want[0]) return;
  const std::optional<std::vector<std::int64_t>> stride = projecting_stride(s, *meeting, x, want, axes);
  if (!stride) return;
  const bool steps = std::any_of(stride->begin(), stride->end(), [](std::int64_t f) { return f > 1; });
  if (!steps && x[1] == want[1]) return;

  Candidate candidate;
  candidate.kind = FixKind::projection;
  // What is added to the input itself at the end corrects it, and is as wide as what went in.
  if (!steps && layer.inputs[k].is_input() && merge == s.spec.layers.last_id()) candidate.places = 2;
  const std::string from = s.spec.name_of(layer.inputs[k]);
  const std::string written = short_json(Value{*stride});
  const std::string options = R"(, "inputs": )" + to_json(Value{from}) + R"(, "out_channels": )" +
                              std::to_string(want[1]) + R"(, "kernel_size": 1)" +
                              (steps ? R"(, "stride": )" + written : "");
  candidate.title = "put a convolution of kernel_size 1" +
                    (steps ? " and stride " + written : std::string()) + " to " + std::to_string(want[1]) +
                    " channels into the shortcut from `" + from + "` to `" + layer.name + "`";
  const auto name =
      put_before(s, merge, "Conv" + std::to_string(axes.size()) + "d", options, candidate, "shortcut");
  if (!name) return;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::string_view reference = s.rewrite.reference(layer, i);
    if (reference.empty()) return;
    if (i != k && reference != "prev") continue;
    refer_to(s, merge, i, i == k ? *name : s.spec.name_of(layer.inputs[i]), i == k, candidate);
  }
  out.push_back(std::move(candidate));
}

// The type of the merge that takes what a layer returns as it is; nothing where none does.
std::optional<LayerKind> merge_behind(const Spec& spec, const LayerSpec& layer) {
  for (const LayerSpec& sum : spec.layers) {
    if (!is_merge(sum)) continue;
    for (const Ref ref : sum.inputs) {
      const Ref from = before_pointwise(spec, ref);
      if (!from.is_input() && &spec.layer(from.layer) == &layer) return sum.kind;
    }
  }
  return std::nullopt;
}

// Another layer that stands where the Linear does states the same numbers that made the features of `ref`:
// they are meant.
bool stated_twice(const Situation& s, Ref ref, std::size_t axis) {
  const Ref from = producer(s.spec, s.trace, ref, axis);
  if (from.is_input()) return false;
  const LayerSpec& made = s.spec.layer(from.layer);
  return made.info().family == Family::linear &&
         std::any_of(s.spec.layers.begin(), s.spec.layers.end(), [&](const LayerSpec& other) {
           return &other != &made && !other.broken && !made.broken && other.kind == made.kind &&
                  other.find(Opt::in_features)->value == made.find(Opt::in_features)->value &&
                  other.find(Opt::out_features)->value == made.find(Opt::out_features)->value &&
                  merge_behind(s.spec, other) == merge_behind(s.spec, made);
         });
}

// The same for features: a Linear that brings one side to the width of the other, where both come from one
// tensor. The side that nothing behind the merge is built for is the one to be brought.
void project_features(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const LayerTrace& row = s.trace.row(merge);
  if ((layer.kind != LayerKind::Add && layer.kind != LayerKind::Sub) || row.inputs.size() != 2) return;
  const Shape& a = row.inputs[0];
  const Shape& b = row.inputs[1];
  if (a.size() != b.size() || a.size() < 2 || a.back() == b.back() ||
      !std::equal(a.begin(), a.end() - 1, b.begin()))
    return;
  const auto made_by_features = [&](Ref ref) {
    const std::vector<LayerId> path = s.path_to(ref);
    return !path.empty() && std::any_of(path.rbegin(), path.rend(), [&](LayerId i) {
      return facts(s.spec.layer(i).kind).channels == Channels::last;
    });
  };
  const auto reaches = [&](Ref end, Ref start) {
    if (end == start) return true;
    const std::vector<LayerId> path = s.path_to(end);
    return std::any_of(path.begin(), path.end(), [&](LayerId i) {
      const auto& inputs = s.spec.layer(i).inputs;
      return std::count(inputs.begin(), inputs.end(), start) > 0;
    });
  };
  for (const std::size_t skip : {0u, 1u}) {
    if (!reaches(layer.inputs[1 - skip], layer.inputs[skip]) || !made_by_features(layer.inputs[1 - skip]))
      continue;
    // Built for the width of the main way: the shortcut is brought to it; else the main way back.
    const std::int64_t main_width = row.inputs[1 - skip].back();
    bool for_main = false;
    for (const LayerSpec& reader : s.spec.layers) {
      if (reader.inputs.empty() || reader.inputs[0] != Ref{merge, 0}) continue;
      for (const Opt opt : {Opt::in_features, Opt::input_size})
        for_main = for_main || (reader.has(opt) && reader.integer(opt) == main_width);
      const OptionValue* shape = reader.find(Opt::normalized_shape);
      const auto* sizes = shape == nullptr ? nullptr : std::get_if<std::vector<std::int64_t>>(&shape->value);
      for_main = for_main || (sizes != nullptr && *sizes == std::vector<std::int64_t>{main_width});
    }
    if (!for_main && !stated_twice(s, layer.inputs[1 - skip], a.size() - 1)) continue;
    const std::size_t k = for_main ? skip : 1 - skip;
    const std::int64_t want = row.inputs[1 - k].back();
    Candidate candidate;
    candidate.kind = FixKind::projection;
    if (!put_on_input(s, merge, k, "Linear", R"(, "out_features": )" + std::to_string(want), candidate))
      return;
    candidate.title = "put a Linear to " + std::to_string(want) + " features between `" +
                      s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name + "`";
    out.push_back(std::move(candidate));
    return;
  }
}

// Two vectors that are multiplied feature by feature, of which one was joined from several: it lacks the
// Linear that brings it to the width of the other.
void project_a_join(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& x = s.trace.row(merge).inputs;
  if (layer.kind != LayerKind::Mul || x.size() != 2 || layer.inputs.size() != 2) return;
  if (x[0].size() != 2 || x[1].size() != 2 || x[0][0] != x[1][0] || x[0][1] == x[1][1]) return;
  const auto joined = [&](std::size_t k) {
    const Ref from = before_pointwise(s.spec, layer.inputs[k]);
    return !from.is_input() && s.spec.layer(from.layer).info().family == Family::concat;
  };
  if (joined(0) == joined(1)) return;
  const std::size_t k = joined(0) ? 0 : 1;
  const std::int64_t want = x[1 - k][1];
  if (want < 2) return;
  Candidate candidate;
  candidate.kind = FixKind::projection;
  if (!put_on_input(s, merge, k, "Linear", R"(, "out_features": )" + std::to_string(want), candidate)) return;
  candidate.title = "put a Linear to " + std::to_string(want) + " features between `" +
                    s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name + "`";
  out.push_back(std::move(candidate));
}

// How many features what reads `ref` is built for, norms and activations aside.
std::optional<std::int64_t> features_behind(const Spec& spec, Ref ref) {
  for (const LayerSpec& reader : spec.layers) {
    if (reader.broken || reader.inputs.size() != 1 || before_pointwise(spec, reader.inputs[0]) != ref)
      continue;
    for (const Opt opt : {Opt::in_features, Opt::input_size, Opt::embed_dim, Opt::d_model})
      if (reader.find(opt) != nullptr && reader.has(opt)) return reader.integer(opt);
  }
  return std::nullopt;
}

// Whoever made the features of `ref` returns as many as it gets: no number of its own says how many.
bool keeps_its_width(const Situation& s, Ref ref, std::size_t axis) {
  const Ref from = producer(s.spec, s.trace, ref, axis);
  if (from.is_input()) return true;
  const LayerSpec& made = s.spec.layer(from.layer);
  return made.find(Opt::out_features) == nullptr && made.find(Opt::embedding_dim) == nullptr &&
         made.find(Opt::shape) == nullptr && made.find(Opt::out_channels) == nullptr &&
         made.find(Opt::hidden_size) == nullptr;
}

// Tokens joined along the sequence, some of the width that the layer behind takes and some of another:
// between an encoder and a narrower decoder stands a Linear.
void project_tokens(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& x = s.trace.row(merge).inputs;
  if (layer.broken || layer.info().family != Family::concat || x.size() != layer.inputs.size()) return;
  const auto wanted = features_behind(s.spec, {merge, 0});
  if (!wanted || x[0].size() != 3 || wrapped_axis(layer.integer(Opt::dim), 3) != 1) return;
  std::optional<std::size_t> odd;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (x[k].size() != 3 || x[k][0] != x[0][0]) return;
    if (x[k][2] == *wanted) continue;
    if (odd) return;
    odd = k;
  }
  if (!odd || !keeps_its_width(s, layer.inputs[*odd], 2)) return;
  Candidate candidate;
  candidate.kind = FixKind::projection;
  candidate.telling = true;
  if (!put_on_input(s, merge, *odd, "Linear", R"(, "out_features": )" + std::to_string(*wanted), candidate))
    return;
  candidate.title = "put a Linear to " + std::to_string(*wanted) + " features between `" +
                    s.spec.name_of(layer.inputs[*odd]) + "` and `" + layer.name + "`";
  out.push_back(std::move(candidate));
}

// Tokens that meet a table of another width, for which the layers behind are built: the way in front of a
// narrower part ends with a Linear.
void project_to_a_table(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& x = s.trace.row(merge).inputs;
  if (layer.kind != LayerKind::Add || x.size() != 2 || layer.inputs.size() != 2 || x[0].size() != 3 ||
      x[1].size() != 3 || x[0][1] != x[1][1] || x[0][2] == x[1][2])
    return;
  const auto is_table = [&](std::size_t k) { return is_parameter(s.spec, layer.inputs[k]); };
  if (is_table(0) == is_table(1)) return;
  const std::size_t k = is_table(0) ? 1 : 0;
  const std::int64_t width = x[1 - k][2];
  if (features_behind(s.spec, {merge, 0}) != width || !keeps_its_width(s, layer.inputs[k], 2)) return;
  Candidate candidate;
  candidate.kind = FixKind::projection;
  candidate.telling = true;
  if (!put_on_input(s, merge, k, "Linear", R"(, "out_features": )" + std::to_string(width), candidate))
    return;
  candidate.title = "put a Linear to " + std::to_string(width) + " features between `" +
                    s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name +
                    "`, for which the layers behind are built";
  out.push_back(std::move(candidate));
}

// A vector for each sample that is added to a map or to tokens of another width: a Linear brings it to
// theirs, and it gets the axes that it lacks.
void project_a_vector(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& x = s.trace.row(merge).inputs;
  if (layer.kind != LayerKind::Add || x.size() != 2 || layer.inputs.size() != 2) return;
  const std::size_t k = x[0].size() == 2 ? 0 : 1;
  const Shape& vector = x[k];
  const Shape& other = x[1 - k];
  if (vector.size() != 2 || other.size() < 3 || vector[0] != other[0] ||
      std::count(other.begin() + 1, other.end(), vector[1]) > 0 || !keeps_its_width(s, layer.inputs[k], 1))
    return;
  const Ref made = before_pointwise(s.spec, layer.inputs[1 - k]);
  if (made.is_input()) return;
  const LayerSpec& maker = s.spec.layer(made.layer);
  const bool tokens = other.size() == 3 && (facts(maker.kind).channels == Channels::last ||
                                            maker.info().family == Family::embedding);
  if (!tokens && maker.info().family != Family::conv) return;
  const std::int64_t width = tokens ? other[2] : other[1];
  Shape places{width};
  places.resize(other.size() - 1, 1);
  PutIn axes{"Unsqueeze", R"(, "dim": 1)"};
  if (!tokens) axes = {"Unflatten", R"(, "dim": 1, "unflattened_size": )" + to_json(Value{places})};
  Candidate candidate;
  candidate.kind = FixKind::projection;
  candidate.telling = true;
  const std::vector<PutIn> row{{"Linear", R"(, "out_features": )" + std::to_string(width)}, axes};
  if (!put_in_a_row(s, merge, k, row, candidate)) return;
  candidate.title = "put a Linear to " + std::to_string(width) + " features and " + with_article(axes.type) +
                    " between `" + s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name + "`";
  out.push_back(std::move(candidate));
}

// The network returns what a layer like this one makes: the same kind, window and number of channels.
bool made_as_the_result(const Spec& spec, LayerId at) {
  const LayerSpec& one = spec.layer(at);
  const Ref end = before_pointwise(spec, {spec.layers.last_id(), 0});
  const auto alike = [&](Ref ref) {
    const Ref made = before_pointwise(spec, ref);
    if (made.is_input() || made.layer == at) return false;
    const LayerSpec& other = spec.layer(made.layer);
    return !other.broken && other.kind == one.kind &&
           other.axes(Opt::kernel_size) == one.axes(Opt::kernel_size) &&
           other.integer(Opt::out_channels) == one.integer(Opt::out_channels);
  };
  return alike(end) || std::any_of(spec.outputs.begin(), spec.outputs.end(), alike);
}

// A prediction of an earlier stage, made as the network's result is, is added back into the features: a 1x1
// convolution brings it to their channels.
void project_a_prediction(const Situation& s, LayerId merge, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(merge);
  const auto& x = s.trace.row(merge).inputs;
  if (layer.kind != LayerKind::Add || x.size() != layer.inputs.size() || x.size() < 2) return;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const Ref made = before_pointwise(s.spec, layer.inputs[k]);
    const Shape& features = x[k == 0 ? 1 : 0];
    if (made.is_input() || x[k].size() < 3 || features.size() != x[k].size() || features[1] <= x[k][1])
      continue;
    const LayerSpec& head = s.spec.layer(made.layer);
    const auto axes = x[k].size() - 2;
    if (head.broken || head.info().family != Family::conv || !made_as_the_result(s.spec, made.layer))
      continue;
    Candidate candidate;
    candidate.kind = FixKind::projection;
    candidate.telling = true;
    const std::string channels = std::to_string(features[1]);
    if (!put_on_input(s, merge, k, "Conv" + std::to_string(axes) + "d",
                      R"(, "out_channels": )" + channels + R"(, "kernel_size": 1)", candidate))
      return;
    candidate.title = "put a convolution of kernel_size 1 to " + channels + " channels between `" +
                      s.spec.name_of(layer.inputs[k]) + "` and `" + layer.name + "`: `" + head.name +
                      "` is made as the result is";
    out.push_back(std::move(candidate));
    return;
  }
}

}  // namespace

void suggest_projection(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  if (!fault) return;
  const LayerTrace& row = s.trace.row(*fault);
  if (row.refusals[0].code != Code::L208) return;
  project(s, *fault, out);
  project_features(s, *fault, out);
  project_a_join(s, *fault, out);
  project_tokens(s, *fault, out);
  project_to_a_table(s, *fault, out);
  project_a_prediction(s, *fault, out);
  project_a_vector(s, *fault, out);
}

}  // namespace shapedbg
