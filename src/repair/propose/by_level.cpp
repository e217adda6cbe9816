// What is missing where two levels of a network meet: the resize on the way from the deeper one, one more
// strided convolution on the way down, or the Transpose at the end of a branch that turned its axes.
#include <algorithm>
#include <optional>

#include "flow/meeting.h"
#include "flow/path.h"
#include "net/facts.h"
#include "net/sharing.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class Levels {
 public:
  Levels(const Situation& s, int merge, std::vector<Candidate>& out, std::vector<Candidate>& partial)
      : s_(s), out_(out), partial_(partial), merge_(merge) {}

  void run() {
    const LayerSpec& merge = layer(merge_);
    if (merge.inputs.size() != inputs().size() || merge.typed_as == "Residual") return;
    if (inputs().size() == 2)
      for (const std::size_t k : {0u, 1u}) enlarged(k);
    else
      for (const std::size_t k : odd_one()) {
        further_down(k);
        brought_up(k);
      }
  }

 private:
  const LayerSpec& layer(int i) const { return s_.spec.layer(i); }
  const Shapes& inputs() const { return s_.trace.row(merge_).inputs; }

  // The layer that `ref` got its size from, and how many windows slid on the way behind it.
  std::optional<int> resized_by(Ref ref, int& windows) const {
    while (!ref.is_input()) {
      const LayerTrace& row = s_.trace.row(ref.layer);
      if (row.inputs.empty() || row.outputs.empty() || row.inputs[0].size() < 3 ||
          row.inputs[0].size() != row.outputs[0].size())
        return std::nullopt;
      if (!std::equal(row.inputs[0].begin() + 2, row.inputs[0].end(), row.outputs[0].begin() + 2,
                      row.outputs[0].end()))
        return ref.layer;
      windows += facts(layer(ref.layer).kind).window == Sliding::takes ? 1 : 0;
      if (layer(ref.layer).inputs.empty()) return std::nullopt;
      ref = layer(ref.layer).inputs[0];
    }
    return std::nullopt;
  }

  // Layers that `end` is made of.
  std::vector<char> made_of(Ref end) const {
    std::vector<char> part(s_.spec.layers.size(), 0);
    if (!end.is_input()) part[static_cast<std::size_t>(end.layer)] = 1;
    for (std::size_t i = part.size(); i-- > 0;)
      for (const Ref ref : s_.spec.layers[i].inputs)
        if (part[i] != 0 && !ref.is_input()) part[static_cast<std::size_t>(ref.layer)] = 1;
    return part;
  }

  // Something else than this merge takes the size that `ref` has: it is a level of its own.
  bool is_a_level(Ref ref) const {
    std::vector<char> same(s_.spec.layers.size(), 0);
    const Shape& x = *s_.trace.output(s_.spec, ref);
    const auto has_size = [&](Ref one) {
      const Shape* shape = s_.trace.output(s_.spec, one);
      return shape != nullptr && shape->size() == x.size() &&
             std::equal(shape->begin() + 2, shape->end(), x.begin() + 2);
    };
    while (!ref.is_input() && has_size(ref)) {
      const Ref here = ref;
      const auto readers = std::count_if(
          s_.spec.layers.begin(), s_.spec.layers.end(),
          [&](const LayerSpec& one) { return std::count(one.inputs.begin(), one.inputs.end(), here) > 0; });
      if (readers > 1 || std::count(s_.spec.outputs.begin(), s_.spec.outputs.end(), here) > 0) return true;
      if (layer(ref.layer).inputs.empty()) return false;
      ref = layer(ref.layer).inputs[0];
    }
    return false;
  }

  // The deeper of two comes from where the other does, and on the way it went down and not up again.
  void enlarged(std::size_t k) {
    const Ref deep = layer(merge_).inputs[k];
    const Ref skip = layer(merge_).inputs[1 - k];
    const std::int64_t factor = factor_between(inputs()[1 - k], inputs()[k]);
    if (factor == 0 || deep.is_input() || skip.is_input()) return;
    int windows = 0;
    const auto down = resized_by(deep, windows);
    if (!down) return;
    const LayerTrace& row = s_.trace.row(*down);
    if (row.outputs[0][2] > row.inputs[0][2]) return;
    const std::vector<char> a = made_of(deep);
    const std::vector<char> b = made_of(skip);
    bool common = false;
    for (std::size_t i = 0; i < a.size(); ++i) common = common || (a[i] != 0 && b[i] != 0);
    if (!common || (windows < 2 && !is_a_level(deep))) return;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    if (!put_on_input(s_, merge_, k, "Upsample", R"(, "scale_factor": )" + std::to_string(factor), candidate))
      return;
    candidate.title = "put an Upsample by " + std::to_string(factor) + " between `" + s_.spec.name_of(deep) +
                      "` and `" + layer(merge_).name + "`";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // The one input whose size is another than that of all others, which is one; none where there are several.
  std::vector<std::size_t> odd_one() const {
    std::vector<std::size_t> odd;
    for (std::size_t k = 0; k < inputs().size(); ++k) {
      const auto fits = std::count_if(inputs().begin(), inputs().end(), [&](const Shape& x) {
        return x.size() == inputs()[k].size() && x.size() > 2 &&
               std::equal(x.begin() + 2, x.end(), inputs()[k].begin() + 2);
      });
      if (fits < 2) odd.push_back(k);
    }
    if (odd.size() > 1 || inputs().size() < 3) odd.clear();
    return odd;
  }

  // It stands on a level from which another input was brought up to the size of the others.
  void brought_up(std::size_t odd) {
    const std::size_t other = odd == 0 ? 1 : 0;
    const std::int64_t factor = factor_between(inputs()[other], inputs()[odd]);
    const Ref deep = layer(merge_).inputs[odd];
    if (factor < 2 || deep.is_input()) return;
    // What comes up already comes up by the wrong factor.
    int behind = 0;
    const auto by = resized_by(deep, behind);
    if (by && s_.trace.row(*by).outputs[0][2] > s_.trace.row(*by).inputs[0][2]) return;
    const auto climbs = [&](Ref ref) {
      int windows = 0;
      const auto at = resized_by(ref, windows);
      const Shapes none;
      const Shapes& taken = at ? s_.trace.row(*at).inputs : none;
      return !taken.empty() && taken[0].size() == inputs()[odd].size() &&
             std::equal(taken[0].begin() + 2, taken[0].end(), inputs()[odd].begin() + 2);
    };
    const auto& refs = layer(merge_).inputs;
    if (std::none_of(refs.begin(), refs.end(), [&](Ref ref) { return ref != deep && climbs(ref); })) return;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.telling = true;
    if (!put_on_input(s_, merge_, odd, "Upsample", R"(, "scale_factor": )" + std::to_string(factor),
                      candidate))
      return;
    candidate.title = "put an Upsample by " + std::to_string(factor) + " between `" + s_.spec.name_of(deep) +
                      "` and `" + layer(merge_).name + "`: others come up from its level";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  // All inputs but one have one size, and that one is made by a layer that steps by just what is left.
  void further_down(std::size_t odd) {
    if (layer(merge_).inputs[odd].is_input()) return;
    const std::int64_t factor = factor_between(inputs()[odd], inputs()[odd == 0 ? 1 : 0]);
    int windows = 0;
    const auto down = resized_by(layer(merge_).inputs[odd], windows);
    if (factor == 0 || !down || layer(*down).broken || layer(*down).info().family != Family::conv) return;
    const LayerSpec& conv = layer(*down);
    for (int a = 0; a < conv.info().axes; ++a)
      if (window_of(conv, a).s != factor) return;
    std::string options = R"(, "out_channels": )" + std::to_string(inputs()[odd][1]);
    for (const OptionValue& option : conv.options)
      if (option.written && option.info->opt != Opt::in_channels && option.info->opt != Opt::out_channels)
        options += R"(, ")" + std::string(to_string(option.info->opt)) + R"(": )" + short_json(option.value);
    Candidate candidate;
    candidate.kind = FixKind::stage;
    if (!put_on_input(s_, merge_, odd, std::string(conv.typed_as), options, candidate)) return;
    candidate.title = "put one more strided convolution like `" + conv.name + "` between `" +
                      s_.spec.name_of(layer(merge_).inputs[odd]) + "` and `" + layer(merge_).name + "`";
    sort_in(s_, std::move(candidate), out_, partial_);
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Candidate>& partial_;
  int merge_;
};

// The two axes that are exchanged between `a` and `b`, which are alike else.
std::optional<std::pair<std::size_t, std::size_t>> exchanged(const Shape& a, const Shape& b) {
  std::vector<std::size_t> unlike;
  for (std::size_t k = 0; k < a.size() && a.size() == b.size(); ++k)
    if (a[k] != b[k]) unlike.push_back(k);
  if (unlike.size() != 2 || a[unlike[0]] != b[unlike[1]] || a[unlike[1]] != b[unlike[0]]) return std::nullopt;
  return std::pair(unlike[0], unlike[1]);
}

// How often the axes are turned on the way from `start` to `end`.
int times_turned(const Spec& spec, Ref end, Ref start) {
  int times = 0;
  while (!end.is_input() && end != start) {
    const LayerSpec& one = spec.layer(end.layer);
    times += one.info().family == Family::transpose || one.info().family == Family::permute ? 1 : 0;
    if (one.inputs.empty()) return 0;
    end = one.inputs[0];
  }
  return times;
}

// A branch that turned its axes once and never back: input `k` of the sum.
void turned_branch(const Situation& s, int sum, std::size_t k, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(sum);
  const auto& inputs = s.trace.row(sum).inputs;
  if (inputs.size() != 2 || layer.inputs.size() != 2 || (k == 1 && layer.typed_as == "Residual")) return;
  const auto axes = exchanged(inputs[0], inputs[1]);
  if (!axes || axes->first == 0 || times_turned(s.spec, layer.inputs[k], layer.inputs[1 - k]) != 1) return;
  const auto dim0 = static_cast<std::int64_t>(axes->first);
  const auto dim1 = static_cast<std::int64_t>(axes->second);
  const std::string options = R"(, "dim0": )" + std::to_string(dim0) + R"(, "dim1": )" + std::to_string(dim1);
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  if (layer.typed_as == "Residual") {
    const std::string name = free_name(s.spec, "transpose");
    const std::string object = R"({"name": ")" + name + R"(", "type": "Transpose")" + options + "}";
    Moves moves;
    for (const int copy : copies(s.spec, sum)) {
      const LayerSpec& other = s.spec.layer(copy);
      candidate.changes.push_back({other.name + "." + name, "layer", "null", object});
      moves.emplace_back(InsertLayer{InsertLayer::Where::branch,
                                     copy,
                                     LayerKind::Transpose,
                                     other.name + "." + name,
                                     {other.inputs[0]},
                                     {{Opt::dim0, Value{dim0}}, {Opt::dim1, Value{dim1}}},
                                     {{copy, 0}}});
    }
    if (!add_text(moves, s.rewrite.append_to_branch(layer, object), candidate)) return;
    ++candidate.inserted;
  } else if (!put_on_input(s, sum, k, "Transpose", options, candidate)) {
    return;
  }
  candidate.title = (k == 0 ? "put a Transpose at the end of the branch of `"
                            : "put a Transpose between `" + s.spec.name_of(layer.inputs[k]) + "` and `") +
                    layer.name + "`: " + bracketed(inputs[k]) + " becomes " + bracketed(inputs[1 - k]);
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

// Keys and values whose heads stand behind their tokens, where those of the queries stand in front.
void turned_heads(const Situation& s, int at, std::vector<Candidate>& out) {
  const LayerSpec& layer = s.spec.layer(at);
  const auto& inputs = s.trace.row(at).inputs;
  if (layer.kind != LayerKind::ScaledDotProductAttention || inputs.size() != layer.inputs.size()) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  std::string told;
  for (std::size_t k = 1; k < std::min<std::size_t>(inputs.size(), 3); ++k) {
    const auto axes = exchanged(inputs[0], inputs[k]);
    if (inputs[k].size() != 4 || !axes || *axes != std::pair<std::size_t, std::size_t>(1, 2)) continue;
    if (!put_on_input(s, at, k, "Transpose", R"(, "dim0": 1, "dim1": 2)", candidate)) return;
    const std::string name = "`" + s.spec.name_of(layer.inputs[k]) + "`";
    if (told != name) told += (told.empty() ? "" : " and ") + name;
  }
  if (told.empty()) return;
  one_edit_each(candidate.edits);
  candidate.by_text = true;
  candidate.title = "put a Transpose of axes 1 and 2 behind " + told + ": heads in front of tokens, as in `" +
                    s.spec.name_of(layer.inputs[0]) + "`";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

}  // namespace

void suggest_levels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  const Family family = s.spec.layer(*fault).info().family;
  turned_heads(s, *fault, out);
  if (family != Family::elementwise && family != Family::concat) return;
  Levels(s, *fault, out, partial).run();
  for (const std::size_t k : {0u, 1u})
    if (family == Family::elementwise) turned_branch(s, *fault, k, out);
}

}  // namespace shapedbg
