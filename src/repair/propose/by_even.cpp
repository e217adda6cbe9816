// Convolutions of even kernels, padded by half of them on both sides: each returns one place more than it
// took, and meets tensors that kept their size. The last place is cut off in front of the merge; kernels of
// branches beside each other differ on purpose.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "flow/path.h"
#include "net/facts.h"
#include "repair/propose/insertions.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

// By axis, how many places more it returns than it takes: 0 or 1. Nothing for other layers.
std::optional<std::vector<std::int64_t>> even_surplus(const LayerSpec& conv) {
  if (conv.broken || conv.info().family != Family::conv || conv.inputs.size() != 1) return std::nullopt;
  std::vector<std::int64_t> surplus;
  for (int a = 0; a < conv.info().axes; ++a) {
    const Window w = window_of(conv, a);
    surplus.push_back(w.before + w.after - w.reach());
    if (w.s != 1 || w.before != w.after || surplus.back() < 0 || surplus.back() > 1) return std::nullopt;
  }
  return surplus;
}

// The convolution that an input of a merge comes from, past what keeps every size.
LayerId convolution_before(const Spec& spec, Ref ref) {
  for (ref = before_pointwise(spec, ref); !ref.is_input();
       ref = before_pointwise(spec, spec.layer(ref.layer).inputs[0])) {
    const LayerSpec& layer = spec.layer(ref.layer);
    const auto surplus = even_surplus(layer);
    if (!surplus) return LayerId();
    const bool one_place = [&] {
      for (int a = 0; a < layer.info().axes; ++a)
        if (window_of(layer, a).k != 1) return false;
      return true;
    }();
    if (!one_place) return ref.layer;
  }
  return LayerId();
}

// One elsewhere of the same padding has a kernel for it: the kernel of this one is a slip.
bool is_a_slip(const Spec& spec, LayerId conv, const std::vector<LayerId>& branches) {
  const Window mine = window_of(spec.layer(conv), 0);
  for (const LayerId i : ids(spec.layers)) {
    const LayerSpec& other = spec.layer(i);
    if (other.broken || other.kind != spec.layer(conv).kind ||
        std::count(branches.begin(), branches.end(), i) > 0)
      continue;
    const Window w = window_of(other, 0);
    if (w.s == 1 && w.d == mine.d && w.before == mine.before && 2 * w.before == w.reach()) return true;
  }
  return false;
}

// "[null, null, [null, -1]]"
std::string last_cut_off(const std::vector<std::int64_t>& surplus) {
  std::string index = "[null, null";
  for (const std::int64_t more : surplus) index += more == 0 ? ", null" : ", [null, -1]";
  return index + "]";
}

}  // namespace

void suggest_even_ends(const Situation& s, std::vector<Candidate>& out) {
  const auto merge = failing_merge(s.spec, s.trace);
  if (!merge) return;
  const auto& inputs = s.trace.row(*merge).inputs;
  const LayerSpec& layer = s.spec.layer(*merge);
  if (inputs.size() != layer.inputs.size() || inputs[0].size() < 3) return;
  Shape least = inputs[0];
  for (const Shape& x : inputs) {
    if (x.size() != least.size()) return;
    for (std::size_t a = 0; a < x.size(); ++a) least[a] = std::min(least[a], x[a]);
  }
  std::vector<LayerId> branches;
  for (const Ref ref : layer.inputs) branches.push_back(convolution_before(s.spec, ref));
  Candidate candidate;
  candidate.kind = FixKind::fitted;
  std::string cut;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<std::int64_t> more;
    for (std::size_t a = 2; a < least.size(); ++a) more.push_back(inputs[k][a] - least[a]);
    if (std::all_of(more.begin(), more.end(), [](std::int64_t n) { return n == 0; })) continue;
    if (branches[k].is_none() || even_surplus(s.spec.layer(branches[k])) != more ||
        is_a_slip(s.spec, branches[k], branches) ||
        !put_on_input(s, *merge, k, "Slice", R"(, "index": )" + last_cut_off(more), candidate))
      return;
    cut += (cut.empty() ? "`" : ", `") + s.spec.name_of(layer.inputs[k]) + "`";
  }
  if (cut.empty()) return;
  if (const std::size_t last = cut.rfind(", "); last != std::string::npos) cut.replace(last, 2, " and ");
  one_edit_each(candidate.edits);
  candidate.by_text = candidate.inserted > 1;
  candidate.title = "cut the last place of " + cut + " off in front of `" + layer.name +
                    "`: an even kernel that is padded by half makes one more";
  out.push_back(std::move(candidate));
}

}  // namespace shapedbg
