// What one layer has otherwise than all layers like it: a number (the width of one block of twenty, the order
// of axes of one head), or what stands in front of it (the view into heads). Windows are left to the rules
// that know what padding a kernel needs.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <unordered_map>

#include "net/facts.h"
#include "net/option_text.h"
#include "repair/propose/option_values.h"
#include "repair/propose/suggest.h"

namespace shapedbg {
namespace {

constexpr std::size_t fewest_likes = 2;  // beside the layer itself

bool belongs_to_a_window(const LayerSpec& layer, Opt opt) {
  switch (opt) {
    case Opt::kernel_size:
    case Opt::stride:
    case Opt::padding:
    case Opt::output_padding:
    case Opt::dilation:
    case Opt::ceil_mode:
    case Opt::padding_mode:
      return has_free_window(layer.info().family) || layer.info().family == Family::free_pad;
    default:
      return false;
  }
}

// What a layer is beside one of its options, as a number. Equal numbers are taken for equal layers: what is
// proposed is run in any case.
class Looks {
 public:
  explicit Looks(const Situation& s) : s_(s), looks_(s.spec.layers.size()) {
    for (const LayerId i : ids(s.spec.layers)) {
      const LayerSpec& layer = s.spec.layer(i);
      std::size_t look = mixed(static_cast<std::size_t>(layer.kind), layer.inputs.size());
      for (const Ref ref : layer.inputs) look = mixed(look, kind_of(ref));
      std::size_t readers = 0;
      for (const LayerId reader : s.trials().readers().of(i))
        readers += mixed(7, static_cast<std::size_t>(s.spec.layer(reader).kind));
      look = mixed(look, readers);
      for (const OptionValue& option : layer.options)
        if (option.written) look += of(option);
      looks_[i] = look;
    }
  }

  std::size_t without(LayerId layer, const OptionValue& option) const {
    return mixed(looks_[layer] - of(option), static_cast<std::size_t>(option.info->opt));
  }

 private:
  static std::size_t mixed(std::size_t a, std::size_t b) {
    constexpr std::size_t golden = 0x9e3779b97f4a7c15;
    return (a ^ (b + golden + (a << 6) + (a >> 2))) * golden;
  }
  static std::size_t of(const OptionValue& option) {
    return mixed(static_cast<std::size_t>(option.info->opt),
                 std::hash<std::string>()(short_json(option.value)));
  }
  std::size_t kind_of(Ref ref) const {
    constexpr std::size_t input = 1000;
    return ref.is_input() ? input : static_cast<std::size_t>(s_.spec.layer(ref.layer).kind);
  }

  const Situation& s_;
  PerLayer<std::size_t> looks_;
};

// What three of four say, where nobody says the same as `option`.
const OptionValue* said_by_most(const std::vector<const OptionValue*>& group, const OptionValue& option) {
  if (group.size() <= fewest_likes) return nullptr;
  const OptionValue* most = nullptr;
  std::size_t votes = 0;
  for (const OptionValue* one : group) {
    if (one == &option) continue;
    if (one->value == option.value) return nullptr;
    const auto same = static_cast<std::size_t>(std::count_if(
        group.begin(), group.end(), [&](const OptionValue* other) { return other->value == one->value; }));
    if (same > votes) {
      votes = same;
      most = one;
    }
    if (2 * same > group.size()) break;
  }
  return votes >= fewest_likes && 4 * votes >= 3 * (group.size() - 1) ? most : nullptr;
}

bool same_written(const LayerSpec& a, const LayerSpec& b) {
  if (a.kind != b.kind || a.broken || b.broken) return false;
  const auto written = [](const LayerSpec& layer) {
    std::vector<std::pair<Opt, const Value*>> all;
    for (const OptionValue& option : layer.options)
      if (option.written) all.emplace_back(option.info->opt, &option.value);
    return all;
  };
  const auto ours = written(a);
  const auto theirs = written(b);
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && *x.second == *y.second;
  });
}

// The layer that a layer takes its one tensor from.
const LayerSpec* in_front(const Spec& spec, const LayerSpec& layer) {
  return layer.inputs.size() == 1 && !layer.inputs[0].is_input() ? &spec.layer(layer.inputs[0].layer)
                                                                 : nullptr;
}

// A step without weights that stands in front of the layers like the one that fails, and not in front of it.
void suggest_what_likes_have_in_front(const Situation& s, std::vector<Candidate>& out) {
  const auto fault = first_fault(s.trace);
  const LayerSpec* given = fault ? in_front(s.spec, s.spec.layer(*fault)) : nullptr;
  if (given == nullptr || s.spec.layer(*fault).shared) return;
  // The nearest ones: another attention may have other heads.
  std::vector<std::pair<int, const LayerSpec*>> steps;
  for (const LayerId i : ids(s.spec.layers)) {
    const LayerSpec& like = s.spec.layer(i);
    if (i == *fault || !same_written(like, s.spec.layer(*fault))) continue;
    const LayerSpec* here = in_front(s.spec, like);
    const LayerSpec* further = here == nullptr ? nullptr : in_front(s.spec, *here);
    if (further != nullptr && further->kind == given->kind && here->kind != given->kind)
      steps.emplace_back(std::abs(i.number() - fault->number()), here);
  }
  if (steps.size() < fewest_likes) return;
  std::stable_sort(steps.begin(), steps.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  const LayerSpec* step = steps.front().second;
  if (!same_written(*step, *steps[1].second) || !facts(step->kind).weights.empty()) return;
  const auto options = written_options(s.spec, *step);
  if (!options) return;
  Candidate candidate;
  candidate.kind = FixKind::missing_axis;
  candidate.telling = true;
  const std::string type(step->typed_as);
  const LayerSpec& layer = s.spec.layer(*fault);
  if (!put_on_input(s, *fault, type, *options, candidate)) return;
  candidate.title = "put " + with_article(type) + " like `" + step->name + "` in front of `" + layer.name +
                    "`, as all layers like it have it";
  const auto changed = changed_by(s, candidate);
  if (changed && holds(*changed, infer(*changed))) out.push_back(std::move(candidate));
}

}  // namespace

void suggest_likes(const Situation& s, std::vector<Candidate>& out) {
  suggest_what_likes_have_in_front(s, out);
  constexpr std::size_t most = 8;
  std::int64_t steps = 20'000;
  const Looks looks(s);
  std::unordered_map<std::size_t, std::vector<const OptionValue*>> alike;
  const auto each = [&](auto&& use) {
    for (const LayerId i : ids(s.spec.layers)) {
      const LayerSpec& layer = s.spec.layer(i);
      if (layer.broken) continue;
      for (const OptionValue& option : layer.options)
        if (option.written && option.info->type != OptType::reference &&
            !belongs_to_a_window(layer, option.info->opt))
          use(i, option);
    }
  };
  each([&](LayerId i, const OptionValue& option) { alike[looks.without(i, option)].push_back(&option); });
  const std::size_t before = out.size();
  each([&](LayerId i, const OptionValue& option) {
    // What a block says for all of its uses is no odd one.
    if (s.trials().reaching()[i] == 0 || s.spec.layer(i).shared || out.size() == before + most) return;
    const auto& group = alike.at(looks.without(i, option));
    const OptionValue* other = said_by_most(group, option);
    if (other == nullptr) return;
    const std::vector<Set> sets{{i, option.info->opt, other->value}};
    if (!s.trials().close(sets, steps)) return;
    Candidate candidate;
    candidate.kind = FixKind::odd_one;
    offer_as_one(s, sets, std::move(candidate), out);
  });
}

}  // namespace shapedbg
