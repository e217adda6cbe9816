// Steps of a sequence. A result with one axis more than expected, that of the steps: the last of them is what
// was meant, or the mean of tokens or places. A code that goes as it is into a recurrent layer that is
// expected to return many steps: it is given to each of them. And numbers of tokens that come with an axis of
// one place behind them.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/parts_and_steps.h"

namespace shapedbg {
namespace {

bool fits(const Shape& got, const Shape& want) {
  return got.size() == want.size() && std::equal(got.begin(), got.end(), want.begin(), [](auto a, auto b) {
           return b == Expect::any_size || a == b;
         });
}

Shape without(Shape x, std::size_t axis) {
  x.erase(x.begin() + static_cast<std::ptrdiff_t>(axis));
  return x;
}

// Works on the features of every step alike.
bool works_on_features(const LayerSpec& layer) {
  return facts(layer.kind).channels == Channels::last || keeps_shape(layer.info().family);
}

bool is_recurrent(const LayerSpec& layer) {
  return !layer.broken && layer.info().family == Family::recurrent;
}

bool batch_first(const LayerSpec& layer) {
  return layer.find(Opt::batch_first) != nullptr && layer.flag(Opt::batch_first);
}

// The network as it is expected, and the way to its result.
struct Asked {
  const Shape* got = nullptr;
  Shape want;
  std::vector<LayerId> path;
};

std::optional<Asked> asked(const Situation& s) {
  const Shape* got = s.trace.result(s.spec);
  if (first_fault(s.trace) || !s.spec.expect || got == nullptr || s.spec.layers.empty()) return std::nullopt;
  const LayerId last = s.spec.layers.last_id();
  return Asked{got, expected_shape(s.spec, *s.spec.expect), s.path_to({last, 0})};
}

void last_step(const Situation& s, const Asked& asked, std::vector<Candidate>& out) {
  if (asked.got->size() != asked.want.size() + 1) return;
  auto at = asked.path.rbegin();
  while (at != asked.path.rend() && !is_recurrent(s.spec.layer(*at)) && works_on_features(s.spec.layer(*at)))
    ++at;
  if (at == asked.path.rend() || !is_recurrent(s.spec.layer(*at))) return;
  const LayerSpec& layer = s.spec.layer(*at);
  const Shapes& made = s.trace.row(*at).outputs;
  const std::size_t steps = batch_first(layer) ? 1 : 0;
  if (made.empty() || made[0].size() != 3 || !fits(without(*asked.got, steps), asked.want)) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  const std::string options = R"(, "dim": )" + std::to_string(steps) + R"(, "index": -1)";
  const bool at_end = at == asked.path.rbegin();
  if (at_end ? !put_last(s, "Select", options, candidate)
             : !put_on_input(s, *(at - 1), "Select", options, candidate))
    return;
  candidate.title = "put a Select of the last step behind `" + layer.name + "`: " + bracketed(made[0]) +
                    " becomes " + bracketed(without(made[0], steps));
  out.push_back(std::move(candidate));
}

// Whether a token was put in front of others on the way, as a class token is.
bool has_class_token(const Situation& s, const std::vector<LayerId>& path) {
  return std::any_of(path.begin(), path.end(), [&](LayerId i) {
    const LayerSpec& join = s.spec.layer(i);
    const Shapes& taken = s.trace.row(i).inputs;
    return !join.broken && join.info().family == Family::concat && !taken.empty() && taken[0].size() == 3 &&
           taken[0][1] == 1 && join.integer(Opt::dim) == 1;
  });
}

// The mean over all tokens where one vector is expected; the token that was put in front for it, if one was.
void over_the_tokens(const Situation& s, const Asked& asked, std::vector<Candidate>& out) {
  if (asked.got->size() != 3 || !fits(without(*asked.got, 1), asked.want)) return;
  auto at = asked.path.rbegin();
  const auto mixes = [&](LayerId i) {
    const Family family = s.spec.layer(i).info().family;
    return family == Family::transformer_layer || family == Family::attention;
  };
  std::optional<LayerId> head;  // the last Linear that works on every token
  for (; at != asked.path.rend() && !mixes(*at) && works_on_features(s.spec.layer(*at)); ++at)
    if (s.spec.layer(*at).info().family == Family::linear) head = *at;
  if (at == asked.path.rend() || !mixes(*at) || s.spec.layer(*at).broken || !batch_first(s.spec.layer(*at)))
    return;
  const bool class_token = has_class_token(s, asked.path);
  const std::string type = class_token ? "Select" : "Mean";
  const std::string options = class_token ? R"(, "dim": 1, "index": 0)" : R"(, "dim": 1)";
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (head ? !put_on_input(s, *head, type, options, candidate) : !put_last(s, type, options, candidate))
    return;
  candidate.title = class_token ? "put a Select of the first token " : "put a Mean over the tokens ";
  candidate.title += head ? "in front of `" + s.spec.layer(*head).name + "`" : "at the end";
  out.push_back(std::move(candidate));
}

// A head that is built for the features of one token and gets all tokens in a row: the class token, or the
// mean over the tokens, in front of the Flatten.
void token_for_a_head(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  const LayerSpec& head = s.spec.layer(fault);
  if (head.broken || head.info().family != Family::linear || !head.has(Opt::in_features)) return;
  const Ref from = before_pointwise(s.spec, head.inputs[0]);
  if (from.is_input() || s.spec.layer(from.layer).info().family != Family::flatten) return;
  const LayerSpec& flatten = s.spec.layer(from.layer);
  const Shapes& taken = s.trace.row(from.layer).inputs;
  if (flatten.broken || flatten.integer(Opt::start_dim) != 1 || taken.empty() || taken[0].size() != 3 ||
      taken[0][2] != head.integer(Opt::in_features) || taken[0][1] < 2)
    return;
  const std::vector<LayerId> path = longest_path(s.spec, flatten.inputs[0]);
  auto at = path.rbegin();
  while (at != path.rend() && works_on_features(s.spec.layer(*at)) &&
         s.spec.layer(*at).info().family != Family::transformer_layer &&
         s.spec.layer(*at).info().family != Family::attention)
    ++at;
  if (at == path.rend() || s.spec.layer(*at).broken || !batch_first(s.spec.layer(*at))) return;
  const bool token = has_class_token(s, path);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_on_input(s, from.layer, token ? "Select" : "Mean",
                    token ? R"(, "dim": 1, "index": 0)" : R"(, "dim": 1)", candidate))
    return;
  candidate.title = std::string(token ? "put a Select of the first token" : "put a Mean over the tokens") +
                    " in front of `" + flatten.name + "`: " + bracketed(taken[0]) + " becomes " +
                    bracketed(without(taken[0], 1));
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// The mean over all places of a map of scores where one of each is expected.
void over_the_places(const Situation& s, const Asked& asked, std::vector<Candidate>& out) {
  if (asked.want.size() != 2 || asked.got->size() < 3 || asked.path.empty()) return;
  if (!fits({(*asked.got)[0], (*asked.got)[1]}, asked.want)) return;
  const Ref made = before_pointwise(s.spec, {asked.path.back(), 0});
  if (made.is_input() || s.spec.layer(made.layer).info().family != Family::conv) return;
  Shape dims;
  for (std::size_t k = 2; k < asked.got->size(); ++k) dims.push_back(static_cast<std::int64_t>(k));
  if (s.spec.layer(made.layer).info().axes != static_cast<int>(dims.size())) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  if (!put_last(s, "Mean", R"(, "dim": )" + to_json(Value{dims}), candidate)) return;
  candidate.title = "put a Mean over the places at the end: " + bracketed(*asked.got) + " becomes " +
                    bracketed({(*asked.got)[0], (*asked.got)[1]});
  out.push_back(std::move(candidate));
}

// Behind the layer that made the code, in front of the one that makes steps of it.
void given_to_each_step(const Situation& s, const Asked& asked, std::vector<Candidate>& out) {
  if (asked.got->size() + 1 != asked.want.size() || asked.want.size() != 3) return;
  for (const LayerId at : asked.path) {
    const LayerSpec& layer = s.spec.layer(at);
    const Shapes& taken = s.trace.row(at).inputs;
    if (!is_recurrent(layer) || layer.inputs.size() != 1 || taken.empty() || taken[0].size() != 2) continue;
    const std::size_t steps = batch_first(layer) ? 1 : 0;
    const std::int64_t many = asked.want[steps];
    if (many == Expect::any_size) return;
    const Shape sizes = steps == 1 ? Shape{-1, many, -1} : Shape{many, -1, -1};
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    if (!put_on_input(s, at, "Unsqueeze", R"(, "dim": )" + std::to_string(steps), candidate)) return;
    const std::string first = candidate.changes.back().layer;
    const auto expand = put_before(
        s, at, "Expand", R"(, "inputs": )" + to_json(Value{first}) + R"(, "size": )" + to_json(Value{sizes}),
        candidate);
    if (!expand) return;
    if (!s.rewrite.reference(layer, 0).empty() && s.rewrite.reference(layer, 0) != "prev" &&
        !refer_to(s, at, 0, *expand, true, candidate))
      return;
    one_edit_each(candidate.edits);
    candidate.by_text = true;
    Shape fresh = taken[0];
    fresh.insert(fresh.begin() + static_cast<std::ptrdiff_t>(steps), many);
    candidate.title = "repeat what `" + layer.name +
                      "` takes for each step, by an Unsqueeze and an Expand: " + bracketed(taken[0]) +
                      " becomes " + bracketed(fresh);
    out.push_back(std::move(candidate));
    return;
  }
}

void tokens_without_an_axis(const Situation& s, LayerId fault, std::vector<Candidate>& out) {
  for (LayerId i{0}; i < fault; ++i) {
    const LayerSpec& layer = s.spec.layer(i);
    const Shapes& taken = s.trace.row(i).inputs;
    if (layer.broken || layer.info().family != Family::embedding || layer.inputs.size() != 1 ||
        taken.empty() || taken[0].size() < 3 || taken[0].back() != 1)
      continue;
    Candidate candidate;
    candidate.kind = FixKind::missing_axis;
    candidate.telling = true;
    const std::size_t last = taken[0].size() - 1;
    if (!put_on_input(s, i, "Squeeze", R"(, "dim": )" + std::to_string(last), candidate)) return;
    candidate.title = "put a Squeeze in front of `" + layer.name + "`: " + bracketed(taken[0]) + " becomes " +
                      bracketed(without(taken[0], last));
    const auto changed = changed_by(s, candidate);
    if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
    return;
  }
}

}  // namespace

void suggest_steps(const Situation& s, std::vector<Candidate>& out) {
  if (const auto fault = first_fault(s.trace)) {
    tokens_without_an_axis(s, *fault, out);
    token_for_a_head(s, *fault, out);
  }
  if (const auto question = asked(s)) {
    last_step(s, *question, out);
    over_the_tokens(s, *question, out);
    over_the_places(s, *question, out);
    given_to_each_step(s, *question, out);
  }
}

}  // namespace shapedbg
