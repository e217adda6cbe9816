// An input of the network that nothing reads: it was declared to be read. The layer that fails takes it
// instead of what it takes now, or together with it, by the numbers that the layer is built for. The same for
// what a layer made and nothing reads, on the way to the layer that fails. And a layer whose number is right,
// but which names a tensor of the wrong size: another one has the channels and the size.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/channel_counts.h"
#include "repair/propose/suggest.h"
#include "repair/propose/unread.h"
#include "rules/layer_inputs.h"

namespace shapedbg {

std::vector<int> unread_inputs(const Spec& spec) {
  std::vector<int> unread;
  if (spec.inputs.size() < 2) return unread;
  std::vector<bool> read(spec.inputs.size(), false);
  for (const LayerSpec& layer : spec.layers)
    each_read(layer, [&](Ref ref) {
      if (ref.is_input()) read[ref.input()] = true;
    });
  for (std::size_t k = 0; k < read.size(); ++k)
    if (!read[k]) unread.push_back(static_cast<int>(k));
  return unread;
}

bool belongs_elsewhere(const Spec& spec, Ref joined, LayerId layer) {
  if (joined.is_input()) return false;
  const LayerSpec& concat = spec.layer(joined.layer);
  if (concat.broken || concat.info().family != Family::concat || concat.inputs.size() < 2) return false;
  return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const LayerSpec& other) {
    return other.info().family != Family::concat &&
           std::any_of(other.inputs.begin(), other.inputs.end(), [&](Ref ref) { return ref.layer == layer; });
  });
}

std::vector<LayerId> unread_layers(const Spec& spec, LayerId end) {
  PerLayer<bool> read(spec.layers.size(), false);
  const auto mark = [&](Ref ref) {
    if (!ref.is_input()) read[ref.layer] = true;
  };
  for (const LayerSpec& layer : spec.layers) each_read(layer, mark);
  for (const Ref ref : spec.outputs) mark(ref);
  std::vector<LayerId> unread;
  for (LayerId i{0}; i < end; ++i) {
    const LayerSpec& layer = spec.layer(i);
    // Probabilities are a result, whether it says so or not.
    if (!layer.broken && layer.info().family == Family::softmax) continue;
    if (!read[i] && !layer.expect) unread.push_back(i);
  }
  return unread;
}

namespace {

// The number of channels or features that a layer is built for, and the axis that they stand on.
struct Built {
  std::int64_t count = 0;
  std::size_t axis = 0;
};

std::optional<Built> built_for(const LayerSpec& layer, std::size_t rank) {
  if (rank < 2) return std::nullopt;
  for (const Opt opt : {Opt::in_channels, Opt::in_features, Opt::input_size, Opt::num_features})
    if (const OptionValue* option = layer.find(opt); option != nullptr && option->written)
      return Built{layer.integer(opt), facts(layer.kind).channels == Channels::last ? rank - 1 : 1};
  return std::nullopt;
}

bool equal_but(const Shape& a, const Shape& b, std::size_t axis) {
  if (a.size() != b.size()) return false;
  for (std::size_t k = 0; k < a.size(); ++k)
    if (k != axis && a[k] != b[k]) return false;
  return true;
}

class Unread {
 public:
  Unread(const Situation& s, LayerId at, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), at_(at) {}

  void run() {
    const std::vector<int> unread = unread_inputs(s_.spec);
    for (const int input : unread)
      for (std::size_t k = 0; k < layer().inputs.size(); ++k) instead(k, input);
    if (layer().inputs.size() == 1 && row().inputs.size() == 1) together(unread);
    if (unread.empty()) with_a_vector();
    for (const LayerId made : unread_layers(s_.spec, at_)) {
      const LayerTrace& one = s_.trace.row(made);
      if (one.outputs.size() != 1 || !one.refusals.empty() || one.after_failure) continue;
      for (const Ref input : layer().inputs) on_the_way(input, Ref{made, 0});
      if (layer().inputs.size() == 1) joined_at(at_, Ref{made, 0});
    }
  }

  // Nothing fails, and the result is none: what nobody reads was to be read on the way.
  void on_the_way_to_the_result() {
    for (const LayerId made : unread_layers(s_.spec, at_))
      if (s_.trace.row(made).outputs.size() == 1) on_the_way({at_, 0}, Ref{made, 0});
  }

 private:
  // A vector that lacks just as many features as one input alone has: the label beside a code. That input may
  // be read elsewhere, too.
  void with_a_vector() {
    if (layer().inputs.size() != 1 || row().inputs.size() != 1 || row().inputs[0].size() != 2) return;
    const Shape& x = row().inputs[0];
    const auto built = built_for(layer(), 2);
    std::vector<int> lacking;
    for (int k = 0; built && s_.spec.inputs.size() > 1 && k < std::ssize(s_.spec.inputs); ++k)
      if (shape_of(k).size() == 2 && shape_of(k)[0] == x[0] && shape_of(k)[1] + x[1] == built->count &&
          !joined_already(s_.spec, s_.trace, layer().inputs[0], Ref::of_input(k)))
        lacking.push_back(k);
    if (lacking.size() == 1) together(lacking);
  }

  // Each layer between `unread` and the one that fails, on every branch that meets on the way, takes
  // `unread`, alone or with what it takes now.
  void on_the_way(Ref end, Ref unread) {
    constexpr std::size_t most_layers = 16;
    std::vector<Ref> way{end};
    for (std::size_t step = 0; step < way.size() && step < most_layers; ++step) {
      const Ref ref = way[step];
      if (ref.is_input() || ref.layer <= unread.layer) continue;
      const LayerSpec& one = s_.spec.layer(ref.layer);
      if (one.info().family == Family::concat && !one.broken) {
        joined_instead(ref.layer, unread);
        joined_more(ref.layer, unread);
      }
      for (const Ref input : one.inputs)
        if (std::find(way.begin(), way.end(), input) == way.end()) way.push_back(input);
      if (one.inputs.size() != 1) continue;
      Candidate candidate;
      candidate.kind = FixKind::source;
      candidate.amount = static_cast<std::int64_t>(step);
      if (turn_input(s_, ref.layer, 0, unread, candidate)) {
        candidate.title = "take `" + s_.spec.name_of(unread) + "` instead of `" +
                          s_.spec.name_of(one.inputs[0]) + "` in `" + one.name + "`: nothing reads it";
        place(std::move(candidate), false);
      }
      joined_at(ref.layer, unread);
    }
  }

  // In the place of a tensor that a Concat joins twice: its own stands there once.
  void joined_instead(LayerId join, Ref unread) {
    const LayerSpec& one = s_.spec.layer(join);
    for (std::size_t k = one.inputs.size(); k-- > 1;) {
      if (std::count(one.inputs.begin(), one.inputs.end(), one.inputs[k]) < 2) continue;
      Candidate candidate;
      candidate.kind = FixKind::source;
      if (!turn_input(s_, join, k, unread, candidate)) return;
      candidate.title = "take `" + s_.spec.name_of(unread) + "` instead of `" +
                        s_.spec.name_of(one.inputs[k]) + "`, which stands there twice, in `" + one.name +
                        "`: nothing reads it";
      place(std::move(candidate), false);
      return;
    }
  }

  // One more of what a Concat joins, at the place that the order of the layers gives it.
  void joined_more(LayerId join, Ref unread) {
    const LayerSpec& one = s_.spec.layer(join);
    const LayerTrace& row = s_.trace.row(join);
    const Shape* y = s_.trace.output(s_.spec, unread);
    if (y == nullptr || row.inputs.size() != one.inputs.size() || one.inputs.size() < 2 || !one.has(Opt::dim))
      return;
    const std::size_t axis = wrapped_axis(one.integer(Opt::dim), y->size());
    std::size_t k = one.inputs.size();
    while (k > 0 && !one.inputs[k - 1].is_input() && one.inputs[k - 1].layer > unread.layer) --k;
    const bool in_front = k == 0;
    const std::size_t at = in_front ? 0 : k - 1;
    if (one.inputs[at] == unread || !equal_but(row.inputs[at], *y, axis)) return;
    const std::string beside = s_.spec.name_of(one.inputs[at]);
    const std::string other = s_.spec.name_of(unread);
    Candidate candidate;
    candidate.kind = FixKind::missing_concat;
    const std::string names = in_front ? to_json(Value{other}) + ", " + to_json(Value{beside})
                                       : to_json(Value{beside}) + ", " + to_json(Value{other});
    const std::string dim = axis == 1 ? "" : R"(, "dim": )" + std::to_string(axis);
    const auto concat = put_before(s_, join, "Concat", R"(, "inputs": [)" + names + "]" + dim, candidate);
    if (!concat || !refer_to(s_, join, at, *concat, true, candidate)) return;
    candidate.turned.push_back({join, one.inputs[at], in_front ? one.inputs[at] : unread});
    candidate.title = "join `" + other + "` " + (in_front ? "in front of `" : "behind `") + beside +
                      "` in `" + one.name + "`: nothing reads it";
    place(std::move(candidate), false);
  }

  // What the layer takes and `unread`, joined by their channels.
  void joined_at(LayerId at, Ref unread) {
    const LayerSpec& one = s_.spec.layer(at);
    const Shape* x = s_.trace.output(s_.spec, one.inputs[0]);
    const Shape* y = s_.trace.output(s_.spec, unread);
    if (x == nullptr || y == nullptr || x->size() < 2 || one.inputs[0] == unread || !equal_but(*x, *y, 1))
      return;
    const std::string main = s_.spec.name_of(one.inputs[0]);
    const std::string other = s_.spec.name_of(unread);
    Candidate candidate;
    candidate.kind = FixKind::missing_concat;
    const auto concat =
        put_before(s_, at, "Concat",
                   R"(, "inputs": [)" + to_json(Value{main}) + ", " + to_json(Value{other}) + "]", candidate);
    if (!concat) return;
    const std::string_view written = s_.rewrite.reference(one, 0);
    if (!written.empty() && written != "prev")
      for (Edit& edit : s_.rewrite.refer(one, 0, *concat)) candidate.edits.push_back(std::move(edit));
    candidate.turned.push_back({at, one.inputs[0], unread});
    // Behind a join, what was left out belongs into it.
    candidate.amount =
        !one.inputs[0].is_input() && s_.spec.layer(one.inputs[0].layer).info().family == Family::concat ? 1
                                                                                                        : 0;
    candidate.title = "join `" + main + "` and `" + other + "` by a Concat in front of `" + one.name +
                      "`: nothing reads `" + other + "`";
    place(std::move(candidate), false);
  }

  const LayerSpec& layer() const { return s_.spec.layer(at_); }
  const LayerTrace& row() const { return s_.trace.row(at_); }
  const Shape& shape_of(int input) const { return s_.spec.inputs[static_cast<std::size_t>(input)].shape; }

  void instead(std::size_t k, int input) {
    const Shape& x = shape_of(input);
    const auto built = built_for(layer(), x.size());
    const bool fits = built && layer().inputs.size() == 1 && x[built->axis] == built->count;
    const bool merges = layer().inputs.size() > 1 && row().inputs.size() == layer().inputs.size();
    if (!fits && !merges) return;
    Candidate candidate;
    candidate.kind = FixKind::source;
    if (!turn_input(s_, at_, k, Ref::of_input(input), candidate)) return;
    candidate.title = "take `" + s_.spec.inputs[static_cast<std::size_t>(input)].name + "` instead of `" +
                      s_.spec.name_of(layer().inputs[k]) + "` in `" + layer().name + "`: nothing reads it";
    place(std::move(candidate), fits);
  }

  // All that lack a reader, behind what is there: the channels then are what the layer is built for.
  void together(const std::vector<int>& unread) {
    const Shape& x = row().inputs[0];
    const auto built = built_for(layer(), x.size());
    if (!built || unread.empty()) return;
    std::int64_t sum = x[built->axis];
    const std::string main = s_.spec.name_of(layer().inputs[0]);
    std::string names = to_json(Value{main});
    std::string told = "`" + main + "`";
    for (const int input : unread) {
      if (!equal_but(shape_of(input), x, built->axis)) return;
      sum += shape_of(input)[built->axis];
      const std::string& name = s_.spec.inputs[static_cast<std::size_t>(input)].name;
      names += ", " + to_json(Value{name});
      told += " and `" + name + "`";
    }
    if (sum != built->count) return;
    Candidate candidate;
    candidate.kind = FixKind::missing_concat;
    const std::string dim = built->axis == 1 ? "" : R"(, "dim": )" + std::to_string(built->axis);
    const auto concat = put_before(s_, at_, "Concat", R"(, "inputs": [)" + names + "]" + dim, candidate);
    if (!concat) return;
    const std::string_view written = s_.rewrite.reference(layer(), 0);
    if (!written.empty() && written != "prev")
      for (Edit& edit : s_.rewrite.refer(layer(), 0, *concat)) candidate.edits.push_back(std::move(edit));
    // The Concat stands for the last that it joins.
    candidate.turned.push_back({at_, layer().inputs[0], Ref::of_input(unread.back())});
    candidate.title = "join " + told + " by a Concat in front of `" + layer().name + "`";
    place(std::move(candidate), true);
  }

  void place(Candidate candidate, bool may_be_part) {
    const auto changed = changed_by(s_, candidate);
    if (!changed) return;
    if (holds(*changed, infer(*changed)))
      out_.push_back(std::move(candidate));
    else if (may_be_part)
      partial_.push_back(std::move(candidate));
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  LayerId at_;
};

// A layer that names what it takes, and would return the wrong size even with the right number of channels.
void another_tensor(const Situation& s, LayerId at, std::vector<Candidate>& out) {
  constexpr int most = 2;
  const LayerSpec& layer = s.spec.layer(at);
  const LayerTrace& row = s.trace.row(at);
  if (layer.inputs.size() != 1 || row.inputs.size() != 1 || layer.info().axes == 0) return;
  const std::string_view written = s.rewrite.reference(layer, 0);
  const auto built = built_for(layer, row.inputs[0].size());
  if (!built || written.empty() || written == "prev" || built->count == row.inputs[0][built->axis]) return;
  const auto set = set_to_arriving(s.spec, s.trace, at);
  if (!set) return;
  Spec counted = s.spec;
  counted.layer(at).set(set->opt, set->value);
  if (would_hold(s, counted)) return;
  int found = 0;
  for (LayerId i = at; i-- > LayerId{0} && found < most;) {
    const LayerTrace& one = s.trace.row(i);
    if (!one.refusals.empty() || one.after_failure || one.outputs.size() != 1) continue;
    const Shape& x = one.outputs[0];
    if (x.size() != row.inputs[0].size() || x[built->axis] != built->count) continue;
    Candidate candidate;
    candidate.kind = FixKind::source;
    candidate.amount = found;
    if (!turn_input(s, at, 0, Ref{i, 0}, candidate)) return;
    candidate.title = "take `" + s.spec.layer(i).name + "` instead of `" + s.spec.name_of(layer.inputs[0]) +
                      "` in `" + layer.name + "`";
    const auto changed = changed_by(s, candidate);
    if (!changed || !holds(*changed, infer(*changed))) continue;
    ++found;
    out.push_back(std::move(candidate));
  }
}

}  // namespace

void suggest_unread(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault) {
    const LayerId end = s.spec.layers.last_id();
    if (end > LayerId{0} && s.spec.expect) Unread(s, end, out, partial).on_the_way_to_the_result();
    return;
  }
  Unread(s, *fault, out, partial).run();
  if (s.trace.row(*fault).refusals[0].code == Code::L203) another_tensor(s, *fault, out);
}

}  // namespace shapedbg
