// What is missing where levels of a network meet: the resize on the way from the deeper one, or one more
// strided convolution on the way down.
#include <algorithm>
#include <optional>

#include "flow/meeting.h"
#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

class Levels {
 public:
  Levels(const Situation& s, LayerId merge, std::vector<Candidate>& out, std::vector<Candidate>& partial)
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
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }
  const Shapes& inputs() const { return s_.trace.row(merge_).inputs; }

  // The layer that `ref` got its size from, and how many windows slid on the way behind it.
  std::optional<LayerId> resized_by(Ref ref, int& windows) const {
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
    PerLayer<char> part(s_.spec.layers.size(), 0);
    if (!end.is_input()) part[end.layer] = 1;
    for (std::size_t i = part.size(); i-- > 0;)
      for (const Ref ref : s_.spec.layers[i].inputs)
        if (part[i] != 0 && !ref.is_input()) part[ref.layer] = 1;
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
  LayerId merge_;
};

}  // namespace

void suggest_levels(const Situation& s, std::vector<Candidate>& out, std::vector<Candidate>& partial) {
  const auto fault = first_fault(s.trace);
  if (!fault || s.trace.row(*fault).refusals[0].code != Code::L208) return;
  const Family family = s.spec.layer(*fault).info().family;
  if (family != Family::elementwise && family != Family::concat) return;
  Levels(s, *fault, out, partial).run();
}

}  // namespace shapedbg
