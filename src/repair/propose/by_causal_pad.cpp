// Pads in front of convolutions that look back: each as wide as its convolution needs to lose no place.
#include <algorithm>
#include <optional>
#include <utility>

#include "net/facts.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// The one convolution that reads a layer, and nothing else does.
std::optional<LayerId> read_by_a_convolution(const Spec& spec, LayerId pad) {
  std::optional<LayerId> reader;
  for (std::size_t i = 0; i < spec.layers.size(); ++i)
    for (const Ref& ref : spec.layers[i].inputs) {
      if (ref.is_input() || ref.layer != pad) continue;
      if (reader) return std::nullopt;
      reader = LayerId(i);
    }
  const bool conv = reader && !spec.layer(*reader).broken &&
                    spec.layer(*reader).info().family == Family::conv && spec.layer(*reader).info().axes == 1;
  return conv ? reader : std::nullopt;
}

// Convolutions of an even kernel that nothing pads, and sums around them that need as many places: no padding
// on both sides is as much as they trim. A Pad in front of each, as where places look back.
void pads_in_front(const Situation& s, std::vector<Candidate>& out) {
  constexpr std::size_t most = 32;
  const auto merge = failing_merge(s.spec, s.trace);
  if (!merge || s.trace.row(*merge).refusals[0].code != Code::L208) return;
  std::vector<LayerId> trimming;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& layer = s.spec.layer(i);
    if (layer.broken || layer.info().family != Family::conv || layer.info().axes != 1) continue;
    const Window w = window_of(layer, 0);
    if (w.s != 1 || w.reach() == 0) continue;
    if (w.k % 2 != 0 || w.before + w.after != 0 || layer.inputs.size() != 1) return;
    trimming.push_back(i);
  }
  if (trimming.empty() || trimming.size() > most) return;
  Candidate candidate;
  candidate.kind = FixKind::fit;
  std::string names;
  for (const LayerId i : trimming) {
    const LayerSpec& layer = s.spec.layer(i);
    const std::string front = std::to_string(window_of(layer, 0).reach());
    if (!put_on_input(s, i, "Pad", R"(, "padding": [)" + front + ", 0]", candidate)) return;
    names += (i == trimming[0]       ? "`"
              : i == trimming.back() ? " and `"
                                     : ", `") +
             layer.name + "` by " + front;
  }
  candidate.places = static_cast<int>(trimming.size());
  candidate.title = "pad what goes into " + names + (trimming.size() == 1 ? " place" : " places") +
                    " in front, so that each looks back and keeps its length";
  out.push_back(std::move(candidate));
}

}  // namespace

void suggest_causal_pads(const Situation& s, std::vector<Candidate>& out) {
  pads_in_front(s, out);
  std::vector<Set> sets;
  for (std::size_t i = 0; i < s.spec.layers.size(); ++i) {
    const LayerSpec& pad = s.spec.layers[i];
    const bool pads = pad.info().family == Family::pad || pad.info().family == Family::free_pad;
    const OptionValue* sizes = pads ? pad.find(Opt::padding) : nullptr;
    const auto* values =
        sizes == nullptr || pad.broken ? nullptr : std::get_if<std::vector<std::int64_t>>(&sizes->value);
    if (values == nullptr || values->size() != 2 || (*values)[1] != 0) continue;
    const auto reader = read_by_a_convolution(s.spec, LayerId(i));
    if (!reader) continue;
    const Window w = window_of(s.spec.layer(*reader), 0);
    const std::int64_t front = w.reach() + 1 - w.s;
    if (w.before != 0 || w.after != 0 || front < 0) return;
    if ((*values)[0] == front) continue;
    Value wide{std::vector<std::int64_t>{front, 0}};
    Set set{LayerId(i), Opt::padding, std::move(wide)};
    sets.push_back(std::move(set));
  }
  if (sets.size() < 2 || !s.trials().close(sets, s.steps)) return;
  Candidate candidate;
  candidate.kind = FixKind::window;
  offer_as_one(s, sets, std::move(candidate), out);
}

}  // namespace shapedbg
