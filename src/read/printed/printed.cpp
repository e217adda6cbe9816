#include "read/printed/printed.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <unordered_map>

#include "net/facts.h"
#include "read/draft.h"
#include "read/printed/modules.h"
#include "read/printed/tree.h"
#include "read/printed/wiring.h"

namespace shapedbg {
namespace {

using printed::Module;

constexpr std::size_t kMostLayers = limits::layers;
constexpr std::int64_t kGuessedSize = 64;
constexpr std::int64_t kGuessedSteps = 16;
constexpr std::size_t kMostRead = 2000;  // layers of a network that is laid out in several ways
constexpr int kMostTimes = 1000;
constexpr std::size_t kMostGuesses = 12;  // that are told one by one

using printed::kind_of;
using printed::layer_of;
using printed::never_runs;

// `forward` often uses the one pool of a module several times: behind each of its convolutions, or between
// its stages, with the one Upsample in front of each stage on the way back.
enum class Again { never, behind_each, between };

class Printed {
 public:
  struct How {
    std::int64_t size = kGuessedSize;  // of a guessed input
    Again again = Again::never;        // how often a module's only pool runs
  };
  Printed(const Module& root, const Shape& input, printed::LayerShape shape_of, How how)
      : wiring_(draft_, std::move(shape_of)), guessed_size_(how.size), again_(how.again) {
    draft_.name = root.type;
    look_at(root);
    Tensor in = inputs(root, input);
    const Shape given = in.shape;
    const Shape made = walk(root, "", std::move(in)).shape;
    keeps_size_ = made.size() > 2 && made.size() == given.size() &&
                  std::equal(made.begin() + 2, made.end(), given.begin() + 2);
  }

  // A Linear behind a map asks for another number of places, and the input is guessed.
  bool wants_other_size() const { return guessed_input_ && wiring_.other_size; }
  std::size_t size() const { return draft_.layers().size(); }
  // How many layers nothing was found for, or nothing but what lay far away. Of two that are alike the one is
  // better that returns the size that goes in, as autoencoders do.
  int misfits() const { return 2 * wiring_.misfits + (keeps_size_ ? 0 : 1); }
  bool has_lone_pool() const { return has_lone_pool_; }
  // One pool behind several stages, one Upsample in front of several: that they run between the stages is
  // likelier than that they run once.
  bool has_stages() const { return has_stages_; }

  Imported result() {
    Imported imported;
    imported.layers = draft_.layers().size();
    imported.custom = custom_;
    const auto add = [&](Code code, std::string message) {
      Finding& finding = imported.findings.emplace_back();
      finding.code = code;
      finding.message = std::move(message);
    };
    if (imported.layers == 0 || too_many_) {
      add(too_many_ ? Code::I603 : Code::I601,
          too_many_ ? "the text stands for too many layers" : "the text holds no module that is a layer");
      return imported;
    }
    if (!guessed_.empty())
      imported.guesses.push_back("the layers of " + guessed_ +
                                 " run in the order in which they were made, save where their sizes ask for "
                                 "more: what `forward` does is not in "
                                 "the text");
    if (guessed_input_) imported.guesses.push_back("the input's shape, from the first layer");
    if (custom_ > 0)
      imported.guesses.push_back("modules that torch.nn does not have return the shape that they get: " +
                                 unknown_);
    if (heads_) imported.guesses.push_back("the heads of MultiheadAttention: one");
    for (std::size_t i = 0; i < std::min(wiring_.guesses.size(), kMostGuesses); ++i)
      imported.guesses.push_back(wiring_.guesses[i]);
    if (wiring_.guesses.size() > kMostGuesses)
      imported.guesses.push_back("and " + std::to_string(wiring_.guesses.size() - kMostGuesses) +
                                 " more steps that sizes ask for");
    for (const std::string& guess : imported.guesses) add(Code::I605, guess);
    imported.made = draft_.make();
    return imported;
  }

 private:
  using Tensor = printed::Tensor;
  using Need = printed::Need;

  static const Module* first_leaf(const Module& module) {
    if (module.children.empty()) return kind_of(module) ? &module : nullptr;
    for (const Module& child : module.children)
      if (const Module* leaf = first_leaf(child)) return leaf;
    return nullptr;
  }

  Tensor inputs(const Module& root, const Shape& told) {
    Shape shape = told;
    if (shape.empty()) {
      guessed_input_ = true;
      shape.push_back(1);
      const Module* first = first_leaf(root);
      const KindInfo* kind = first ? kind_of(*first) : nullptr;
      const std::optional<Need>& need = need_of(root);
      if (kind && kind->family == Family::embedding) {
        shape.push_back(kGuessedSteps);
      } else if (need && need->last) {
        if (!need->weighs) shape.push_back(kGuessedSteps);
        shape.insert(shape.end(), need->sizes.begin(), need->sizes.end());
      } else {
        shape.push_back(need ? need->sizes.front() : 3);
        const int axes = need && need->rank > 0 ? need->rank - 2 : kind && kind->axes > 0 ? kind->axes : 0;
        const bool norm = need && need->rank == 0;
        shape.resize(2 + static_cast<std::size_t>(norm ? 2 : axes), guessed_size_);
      }
    }
    std::vector<DraftSize> sizes(shape.begin(), shape.end());
    return {draft_.input("input", std::move(sizes)), shape, ""};
  }

  // How often each class stands in the tree, what each module asks for first, and how many layers count
  // channels that are no Linear.
  void look_at(const Module& module, int times = 1) {
    times = std::min(times, kMostTimes) * std::clamp(module.times, 1, kMostTimes);
    types_[module.type] += times;
    std::optional<Need>& first = needs_[&module];  // stays where it is
    if (printed::is_layer(module)) {
      if (const KindInfo* kind = kind_of(module)) first = printed::need_of(layer_of(*kind, module, ""));
      if (first && !first->weighs) not_linear_ += times;
    }
    for (const Module& child : module.children) {
      look_at(child, times);
      if (!first && !printed::is_layer(module) && !never_runs(child)) first = need_of(child);
    }
  }

  static bool in_order(const Module& module) { return module.type == "Sequential"; }
  // Nothing is guessed between such modules, one behind the other in a Sequential.
  static bool is_certain(const Module& module) {
    if (module.children.empty()) return kind_of(module) != nullptr;
    return in_order(module) && std::all_of(module.children.begin(), module.children.end(), is_certain);
  }

  const std::optional<Need>& need_of(const Module& module) const { return needs_.at(&module); }

  // A norm in front of the layer that was made before it: both count the same, and that layer returns another
  // number.
  bool stands_before(const Module& norm, const Module& layer) const {
    const KindInfo* kind = printed::leaf_kind(norm);
    const KindInfo* own = printed::leaf_kind(layer);
    if (!kind || !own || facts(kind->family).effect != Effect::kept ||
        facts(own->family).effect == Effect::kept)
      return false;
    const std::optional<Need>& a = need_of(norm);
    const std::optional<Need>& b = need_of(layer);
    if (!a || !b || a->sizes != b->sizes) return false;
    const DraftLayer made = layer_of(*own, layer, "");
    const DraftValue* out = made.find("out_channels");
    if (!out) out = made.find("out_features");
    return out && out->tensor() == nullptr && out->json() != std::to_string(a->sizes.front());
  }

  void behind_each_convolution(std::vector<const Module*>& order, const Module* pool,
                               const std::string& path) {
    std::vector<const Module*> again;
    bool open = false;  // a convolution whose pool is still to come
    for (const Module* child : order) {
      if (child == pool) continue;
      const KindInfo* kind = printed::leaf_kind(*child);
      const bool weighs = !kind || printed::need_of(layer_of(*kind, *child, "")).has_value();
      if (open && weighs && !(kind && facts(kind->family).effect == Effect::kept)) {
        again.push_back(pool);
        open = false;
      }
      again.push_back(child);
      open = open || (kind && kind->family == Family::conv);
    }
    if (open) again.push_back(pool);
    order = std::move(again);
    wiring_.guesses.push_back("`" + (path.empty() ? "" : path + ".") + pool->name +
                              "` runs behind each convolution beside it");
  }

  // A container that convolves.
  bool is_stage(const Module& module) const {
    return !module.children.empty() && !printed::is_layer(module) && need_of(module) &&
           need_of(module)->rank > 2;
  }

  static bool is_upsample(const Module& module) {
    const KindInfo* kind = printed::leaf_kind(module);
    return kind && kind->family == Family::upsample;
  }

  bool lies_between_stages(const std::vector<const Module*>& order, const Module* pool) const {
    int before = 0;
    int behind = 0;
    bool pooled = false;
    bool up = false;
    for (const Module* child : order) {
      pooled = pooled || child == pool;
      up = up || is_upsample(*child);
      if (is_stage(*child) && !pooled) ++before;
      if (is_stage(*child) && up) ++behind;
    }
    return before > 1 && behind > 1;
  }

  void between_stages(std::vector<const Module*>& order, const Module* pool, const std::string& path) {
    const auto place = std::find(order.begin(), order.end(), pool);
    const auto list = std::find_if(order.begin(), place, [&](const Module* child) {
      return child->type == "ModuleList" && is_stage(*child);
    });
    if (list != place)
      behind_each_item(order, pool, *list);
    else
      between(order, pool);
    wiring_.guesses.push_back("`" + (path.empty() ? "" : path + ".") + pool->name +
                              "` runs between the stages beside it");
  }

  // The pool between the stages that were made before it, an Upsample in front of each one behind.
  void between(std::vector<const Module*>& order, const Module* pool) {
    const auto up =
        std::find_if(order.begin(), order.end(), [](const Module* child) { return is_upsample(*child); });
    const Module* upsample = up == order.end() ? nullptr : *up;
    std::vector<const Module*> again;
    bool down = true;
    bool first = true;
    for (const Module* child : order) {
      if (child == pool || child == upsample) {
        down = false;
        continue;
      }
      if (is_stage(*child) && child->type != "ModuleList") {
        if (down && !first) again.push_back(pool);
        if (!down && upsample != nullptr) again.push_back(upsample);
        first = false;
      }
      again.push_back(child);
    }
    order = std::move(again);
  }

  void behind_each_item(std::vector<const Module*>& order, const Module* pool, const Module* list) {
    pool_of_list_[list] = pool;
    order.erase(std::find(order.begin(), order.end(), pool));
    // What stands between the way down and the way up is often made last: it takes what the way down returns.
    const auto from = std::find(order.begin(), order.end(), list) + 1;
    const auto bottom = std::find_if(from, order.end(), [&](const Module* child) {
      return is_stage(*child) && child->type != "ModuleList";
    });
    if (bottom != order.end()) std::rotate(from, bottom, bottom + 1);
  }

  // A module among its siblings, as they run.
  struct Step {
    const Module* module;
    std::optional<Need> need;   // what it asks for first
    std::optional<Need> later;  // what the first module behind it asks for that asks for anything
    bool certain = false;       // nothing is guessed between it and the one before
  };

  std::vector<Step> steps_of(const Module& module, const std::string& path) {
    std::vector<const Module*> order;
    for (const Module& child : module.children)
      if (!never_runs(child)) order.push_back(&child);
    for (std::size_t i = 0; !in_order(module) && i + 1 < order.size(); ++i)
      if (stands_before(*order[i + 1], *order[i])) std::swap(order[i], order[i + 1]);
    if (const Module* pool = printed::lone_pool(module)) {
      has_lone_pool_ = true;
      has_stages_ = has_stages_ || lies_between_stages(order, pool);
      if (again_ == Again::behind_each) behind_each_convolution(order, pool, path);
      if (again_ == Again::between) between_stages(order, pool, path);
    }
    if (const auto pool = pool_of_list_.find(&module); pool != pool_of_list_.end())
      for (std::size_t i = order.size(); i > 0; --i)
        order.insert(order.begin() + static_cast<std::ptrdiff_t>(i), pool->second);
    std::vector<Step> steps;
    for (std::size_t i = 0; i < order.size(); ++i)
      steps.push_back(
          {order[i], need_of(*order[i]), {}, in_order(module) && (i == 0 || is_certain(*order[i - 1]))});
    std::optional<Need> later = behind_.empty() ? std::nullopt : behind_.back();
    for (std::size_t i = steps.size(); i-- > 0;) {
      steps[i].later = later;
      if (steps[i].need) later = steps[i].need;
    }
    return steps;
  }

  Tensor walk(const Module& module, const std::string& path, Tensor in) {
    too_many_ = too_many_ || ++modules_ > 2 * kMostLayers;
    if (too_many_) return in;
    if (printed::is_layer(module)) return layer(module, path, std::move(in));
    if (!in_order(module) && module.children.size() > 1) name_once(guessed_, module.type);
    const bool once = printed::is_list(module.type) || types_[module.type] == 1;
    inside_repeats_ += once ? 0 : 1;
    const std::vector<Step> steps = steps_of(module, path);
    wiring_.enter(in);
    Tensor last = std::move(in);
    const bool gate = !path.empty() && printed::is_gate(module);
    if (gate && !printed::pools_first(module)) last = wiring_.mean(last, path);
    std::optional<Tensor> shortcut;
    for (const Step& step : steps)
      for (int copy = 0; copy < step.module->times && !too_many_; ++copy) {
        std::string name = step.module->name;
        // "(0-3): 4 x Block(": the first of them is 0.
        if (step.module->times > 1) {
          int first = 0;
          std::from_chars(name.data(), name.data() + name.size(), first);
          name = std::to_string(first + copy);
        }
        behind_.push_back(copy + 1 < step.module->times ? step.need : step.later);
        run(module, step, name, path.empty() ? name : path + "." + name, last, shortcut);
        behind_.pop_back();
      }
    if (gate) last = wiring_.gated(last, path);
    inside_repeats_ -= once ? 0 : 1;
    return wiring_.leave(std::move(last), shortcut, path);
  }

  // One of the modules of `around`: what it gets, and what goes on behind it.
  void run(const Module& around, const Step& step, const std::string& name, const std::string& path,
           Tensor& last, std::optional<Tensor>& shortcut) {
    const Module& module = *step.module;
    const std::optional<Need>& need = step.need;
    bool beside = false;
    bool branch = false;
    if (!in_order(around)) {
      // What stands first, or fits what was made last, may as well be a step like others.
      beside = printed::is_beside(name) &&
               (name.find("shortcut") != std::string::npos || last.ref != wiring_.given().ref) &&
               (!need || !printed::fits(*need, last) || name.find("down") == std::string::npos);
      // Branches begin where the first did.
      branch = name.starts_with("branch") && need && printed::fits(*need, wiring_.given());
    }
    Tensor given = beside || branch ? wiring_.given() : last;
    const printed::Wiring::Next next{
        path, beside, types_[around.type] > 1 && printed::has_convolution(around),
        not_linear_ == 0 && inside_repeats_ == 0, printed::names_gate(around.type)};
    const std::optional<Need>& later = need ? need : step.later;
    // In front of a pool a map is not made features, or tokens, that the layer behind the pool wants.
    const bool at_once =
        need && printed::asks_at_once(module) && !(need->last && printed::pools_first(module));
    if (at_once && !step.certain)
      given = wiring_.choose(*need, given, next);
    else if (later && !step.certain)
      given = wiring_.ahead(*later, given, next, need || printed::passes(module), printed::drops(module));
    Tensor out = walk(module, path, std::move(given));
    // What only training looks at: `forward` goes on from what went in.
    const bool aside = !in_order(around) && (name.starts_with("aux") || name.starts_with("Aux"));
    if (beside && out.ref != wiring_.given().ref)
      shortcut = std::move(out);
    else if (!beside && !aside)
      last = std::move(out);
  }

  Tensor layer(const Module& module, const std::string& path, Tensor in) {
    if (draft_.layers().size() >= kMostLayers) {
      too_many_ = true;
      return in;
    }
    const KindInfo* kind = kind_of(module);
    // torchvision's Permute prints no axes.
    if (kind && kind->family == Family::permute && module.arguments.empty())
      return wiring_.turn(in, !in.channels_last, path);
    Tensor last = wiring_.add(kind ? known(*kind, module, path) : unknown(module, path, in), in);
    if (kind && kind->family == Family::max_pool) pools_.emplace_back(kind->axes, last.ref);
    if (module.type != "MultiheadAttention")
      for (const Module& child : module.children)
        if (!never_runs(child)) last = walk(child, path + "." + child.name, std::move(last));
    return last;
  }

  DraftLayer known(const KindInfo& kind, const Module& module, const std::string& path) {
    DraftLayer layer = layer_of(kind, module, path);
    heads_ = heads_ || kind.family == Family::attention;
    if (const auto need = printed::need_of(layer); need && !need->weighs) --not_linear_;
    // An unpool knows nothing of its pool.
    for (std::size_t i = kind.family == Family::max_unpool ? pools_.size() : 0; i-- > 0;)
      if (pools_[i].first == kind.axes) {
        layer.set("indices", pools_[i].second);
        pools_.erase(pools_.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    return layer;
  }

  DraftLayer unknown(const Module& module, const std::string& path, const Tensor& in) {
    const int axes = printed::Wiring::rank(in) - 2;
    const int resizes = axes > 0 && axes < 4 ? printed::resizes(module.type) : 0;
    if (resizes != 0) {
      wiring_.guesses.push_back("`" + path + "`, a " + module.type + ", " +
                                (resizes > 0 ? "doubles" : "halves") + " the size");
      if (resizes > 0) return DraftLayer("Upsample", {}, path).set("scale_factor", 2);
      return DraftLayer("AvgPool" + std::to_string(axes) + "d", {}, path).set("kernel_size", 2);
    }
    ++custom_;
    name_once(unknown_, module.type);
    return DraftLayer("Custom", {}, path).set("label", module.type).set("output", "same");
  }

  static void name_once(std::string& names, const std::string& type) {
    if (names.find("`" + type + "`") == std::string::npos && names.size() < 200)
      names += (names.empty() ? "`" : ", `") + type + "`";
  }

  Draft draft_;
  printed::Wiring wiring_;
  std::int64_t guessed_size_;
  Again again_;
  bool keeps_size_ = false;
  bool has_lone_pool_ = false;
  bool has_stages_ = false;
  std::map<std::string, std::int64_t> types_;
  std::unordered_map<const Module*, std::optional<Need>> needs_;
  std::unordered_map<const Module*, const Module*> pool_of_list_;  // that runs behind each item of a list
  std::int64_t not_linear_ = 0;              // layers to come that count channels and are no Linear
  std::vector<std::optional<Need>> behind_;  // what is asked for behind each module around
  int inside_repeats_ = 0;  // modules around, of a class that stands in the tree more than once
  std::vector<std::pair<int, Ref>> pools_;  // spatial axes, and the pool whose indices nothing took yet
  std::string guessed_;
  std::string unknown_;
  std::size_t custom_ = 0;
  std::size_t modules_ = 0;  // that ran
  bool heads_ = false;
  bool guessed_input_ = false;
  bool too_many_ = false;
};

}  // namespace

bool looks_printed(std::string_view text) {
  const printed::Tree tree = printed::read_tree(text.substr(0, std::size_t{64} << 10));
  return !tree.root.type.empty() && (!tree.root.children.empty() || find_kind(tree.root.type));
}

Imported import_printed(std::string_view text, const Shape& input, const printed::LayerShape& shape_of) {
  const printed::Tree tree = printed::read_tree(text);
  if (!tree.error.empty()) {
    Imported imported;
    Finding& finding = imported.findings.emplace_back();
    finding.code = tree.root.type.empty() ? Code::I601 : Code::I602;
    finding.message = "no tree of modules as print(model) shows it: " + tree.error;
    return imported;
  }
  // What leaves the fewest layers without anything that they can take; of equal ones the plainest.
  auto best = std::make_unique<Printed>(tree.root, input, shape_of, Printed::How{});
  const auto better = [&](const Printed::How& how) {
    auto other = std::make_unique<Printed>(tree.root, input, shape_of, how);
    if (other->misfits() < best->misfits()) best = std::move(other);
  };
  if (shape_of && best->has_stages() && best->size() <= kMostRead) {
    auto between =
        std::make_unique<Printed>(tree.root, input, shape_of, Printed::How{.again = Again::between});
    if (between->misfits() <= best->misfits()) best = std::move(between);
  }
  if (shape_of && best->misfits() > 0 && best->size() <= kMostRead) {
    std::vector<Again> ways{Again::never};
    if (best->has_lone_pool()) ways = {Again::never, Again::behind_each, Again::between};
    const bool guessed = best->wants_other_size();
    for (const Again again : ways)
      if (again != Again::never) better({.again = again});
    // Sizes that networks are made for.
    for (const std::int64_t size : {28, 32, 96, 128, 224, 227, 256, 299, 512})
      for (const Again again : ways)
        if (guessed && best->misfits() > 1) better({.size = size, .again = again});
  }
  return best->result();
}

}  // namespace shapedbg
