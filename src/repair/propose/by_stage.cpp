// A stage that is missing: the result is smaller than expected by the factor of the layers that go up. One
// more is put in like its neighbours, with their activation and norm.
#include <algorithm>
#include <optional>

#include "flow/path.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr int longest_stage = 8;  // of one stage
constexpr int most_stages = 2;    // put in

class Stages {
 public:
  Stages(const Situation& s, std::vector<Candidate>& out) : s_(s), out_(out), axes_(spatial_axes(s.spec)) {}

  void run() {
    if (!s_.spec.expect || first_fault(s_.trace)) return;
    const Shape* got = s_.trace.result(s_.spec);
    const Shape want = expected_shape(s_.spec, *s_.spec.expect);
    if (got == nullptr || got->size() != want.size() || got->size() < 3) return;
    // A map that is grown from a vector has axes that the input has not.
    if (s_.spec.inputs.empty()) return;
    if (const int count = static_cast<int>(got->size()) - 2; s_.spec.inputs[0].shape.size() < got->size()) {
      axes_.clear();
      for (int i = 0; i < count; ++i) axes_.push_back({i, count, count + 1});
    }
    if (axes_.empty()) return;
    std::int64_t factor = 0;
    for (std::size_t a = 2; a < want.size(); ++a) {
      if (want[a] == Expect::any_size) continue;
      if (want[a] % (*got)[a] != 0 || (factor != 0 && want[a] / (*got)[a] != factor)) return;
      factor = want[a] / (*got)[a];
    }
    if (factor < 2) return;
    const std::vector<LayerId> ups = layers_up();
    if (ups.empty()) return;
    if (undoing_the_first(ups.back(), factor)) return;
    // Of the last ones first: the stage in front of the output is the one left out most often.
    for (auto up = ups.rbegin(); up != ups.rend(); ++up) {
      const std::int64_t by = factor_of(*up);
      if (by < 2) continue;
      int stages = 0;
      std::int64_t rest = factor;
      while (rest % by == 0) rest /= by, ++stages;
      if (rest != 1 || stages > most_stages) continue;
      const auto before = up + 1 == ups.rend() ? std::optional<LayerId>{} : std::optional(*(up + 1));
      if (put_in(before.value_or(*up), *up, stages)) return;
    }
    if (given_back(want)) resized(factor);
  }

 private:
  const LayerSpec& layer(LayerId i) const { return s_.spec.layer(i); }

  std::vector<LayerId> layers_up() const {
    std::vector<LayerId> ups;
    for (const LayerId i : s_.path_to({s_.spec.layers.last_id(), 0}))
      if (factor_of(i) > 1) ups.push_back(i);
    return ups;
  }

  // What goes in is to come out as large.
  bool given_back(const Shape& want) const {
    if (s_.spec.inputs.size() != 1) return false;
    const Shape& in = s_.spec.inputs[0].shape;
    return in.size() == want.size() && in.size() > 2 &&
           std::equal(in.begin() + 2, in.end(), want.begin() + 2);
  }

  // The last halving was never undone, and no stage can be copied for it: a resize in front of the last
  // convolution, which is all that stands behind the last level.
  void resized(std::int64_t factor) {
    LayerId at = s_.spec.layers.last_id();
    while (at > LayerId{0} && keeps_shape(layer(at).info().family) && layer(at).inputs.size() == 1 &&
           layer(at).inputs[0] == Ref{at - 1, 0})
      --at;
    const LayerSpec& last = layer(at);
    if (last.broken || last.shared || last.info().family != Family::conv || last.inputs.size() != 1 ||
        last.inputs[0].is_input() || factor > 4)
      return;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    if (!put_on_input(s_, at, "Upsample", R"(, "scale_factor": )" + std::to_string(factor), candidate))
      return;
    const auto changed = changed_by(s_, candidate);
    if (!changed || !holds(*changed, infer(*changed))) return;
    candidate.title = "put an Upsample by " + std::to_string(factor) + " in front of `" + last.name +
                      "`: the network goes down by " + std::to_string(factor) + " more than up";
    out_.push_back(std::move(candidate));
  }

  // By which a layer multiplies every axis; 0 where it does not.
  std::int64_t factor_of(LayerId i) const {
    std::int64_t factor = 0;
    for (const Axis& axis : axes_) {
      const SizeStep step = step_of(s_.trace, i, axis);
      if (step.in < 1 || step.out % step.in != 0 || (factor != 0 && step.out / step.in != factor)) return 0;
      factor = step.out / step.in;
    }
    // Out of a single place anything is made.
    const SizeStep first = step_of(s_.trace, i, axes_[0]);
    return first.in == 1 && layer(i).info().family == Family::conv_transpose &&
                   layer(i).axes(Opt::stride)[0] != factor
               ? 0
               : factor;
  }

  // A chain of layers, each taking the one before it without saying so.
  bool is_chain(LayerId from, LayerId to) const {
    if (to - from > longest_stage) return false;
    for (LayerId i = from; i <= to; ++i) {
      const LayerSpec& one = layer(i);
      if (one.shared || one.broken || one.inputs.size() != 1) return false;
      if (i > from && one.inputs[0] != Ref{i - 1, 0}) return false;
      const std::string_view written = s_.rewrite.reference(one, 0);
      if (i > from && !written.empty() && written != "prev") return false;
    }
    return true;
  }

  // A strided convolution on the way down that no layer undoes, as no layer goes up by its factor: what
  // undoes it is put in behind the last stage, with that one's norm and activation.
  bool undoing_the_first(LayerId up, std::int64_t factor) {
    const std::vector<LayerId> path = s_.path_to({up, 0});
    const auto down = std::find_if(path.begin(), path.end(), [&](LayerId i) { return steps_by(i, factor); });
    if (down == path.end() || layer(up).info().family != Family::conv_transpose) return false;
    for (const LayerId i : path)
      if (factor_of(i) == factor) return false;
    LayerId next = up + 1;
    const auto last = s_.spec.layers.end_id();
    while (next < last && keeps_shape(layer(next).info().family)) ++next;
    if (next == last || !is_chain(up, next)) return false;
    const Window w = window_of(layer(*down), 0);
    const std::int64_t rest = w.s - w.net_kernel();
    const Shape& x = s_.trace.row(next).inputs[0];
    std::string options = R"(, "out_channels": )" + std::to_string(x[1]) + R"(, "kernel_size": )" +
                          std::to_string(w.k) + R"(, "stride": )" + std::to_string(w.s) +
                          (w.before > 0 ? R"(, "padding": )" + std::to_string(w.before) : "") +
                          (rest > 0 ? R"(, "output_padding": )" + std::to_string(rest) : "");
    Candidate candidate;
    candidate.kind = FixKind::stage;
    if (!put_before(s_, next, std::string(layer(up).typed_as), options, candidate)) return false;
    for (LayerId i = up + 1; i < next; ++i) {
      const auto same = written_options(s_.spec, layer(i));
      if (!same || !put_before(s_, next, std::string(layer(i).typed_as), *same, candidate)) return false;
    }
    const auto changed = changed_by(s_, candidate);
    if (!changed || !holds(*changed, infer(*changed))) return false;
    candidate.title = "put one more stage in front of `" + layer(next).name + "` that undoes `" +
                      layer(*down).name + "`: " + list_of(up, next - 1);
    out_.push_back(std::move(candidate));
    return true;
  }

  // Along every axis alike, by windows that a transposed layer undoes.
  bool steps_by(LayerId i, std::int64_t factor) const {
    const LayerSpec& one = layer(i);
    if (one.broken || one.info().family != Family::conv) return false;
    for (int a = 0; a < one.info().axes; ++a) {
      const Window w = window_of(one, a);
      const std::int64_t rest = w.s - w.net_kernel();
      if (w.s != factor || w.d != 1 || w.before != w.after || rest < 0 || rest >= w.s ||
          w.k != window_of(one, 0).k || w.before != window_of(one, 0).before)
        return false;
    }
    return one.info().axes > 0;
  }

  bool put_in(LayerId from, LayerId up, int stages) {
    const bool alone = from == up;
    if (!is_chain(from, up)) return false;
    const std::string_view written = s_.rewrite.reference(layer(up), 0);
    if (!written.empty() && written != "prev") return false;
    Candidate candidate;
    candidate.kind = FixKind::stage;
    candidate.places = stages;
    for (int n = 0; n < stages; ++n) {
      for (LayerId i = from; i < (alone ? up + 1 : up); ++i) {
        auto options = written_options(s_.spec, layer(i));
        if (!options) return false;
        const auto& taken = s_.trace.row(up).inputs;
        if (alone && layer(i).find(Opt::out_channels) != nullptr && !taken.empty() && taken[0].size() > 1)
          options = with_channels(layer(i), taken[0][1]);
        if (!put_before(s_, up, std::string(layer(i).typed_as), *options, candidate)) return false;
      }
    }
    const auto changed = changed_by(s_, candidate);
    if (!changed || !holds(*changed, infer(*changed))) return false;
    candidate.title = "put " + std::string(stages == 1 ? "one more stage" : "two more stages") + " like `" +
                      layer(from).name + "` in front of `" + layer(up).name +
                      "`: " + list_of(from, alone ? up : up - 1);
    out_.push_back(std::move(candidate));
    return true;
  }

  std::string with_channels(const LayerSpec& one, std::int64_t channels) const {
    std::string text = R"(, "out_channels": )" + std::to_string(channels);
    for (const OptionValue& option : one.options)
      if (option.written && option.info->opt != Opt::in_channels && option.info->opt != Opt::out_channels)
        text += R"(, ")" + std::string(to_string(option.info->opt)) + R"(": )" + short_json(option.value);
    return text;
  }

  std::string list_of(LayerId from, LayerId to) const {
    std::string text;
    for (LayerId i = from; i <= to; ++i)
      text += (i == from ? "" : i == to ? " and " : ", ") + layer(i).typed_as;
    return text;
  }

  const Situation& s_;
  std::vector<Candidate>& out_;
  std::vector<Axis> axes_;
};

}  // namespace

void suggest_stages(const Situation& s, std::vector<Candidate>& out) { Stages(s, out).run(); }

}  // namespace shapedbg
