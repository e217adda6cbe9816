#include "read/json/layers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/option_text.h"
#include "net/same_value.h"
#include "net/words.h"
#include "read/json/options.h"
#include "read/json/shapes.h"
#include "read/json/source.h"
#include "text/cancel.h"

namespace shapedbg {
namespace {

std::string wanted(const Arity& arity) {
  if (arity.min == arity.max) return std::to_string(arity.min);
  if (arity.max < 0) return std::to_string(arity.min) + " or more";
  return std::to_string(arity.min) + " to " + std::to_string(arity.max);
}

// As the kind has it; arithmetic takes a number in place of its second input.
Arity arity_of(const LayerSpec& layer) {
  Arity arity = layer.info().arity;
  const int without = layer.info().family == Family::elementwise ? 1 : layer.kind == LayerKind::Where ? 2 : 0;
  if (without == 0) return arity;
  if (layer.has(Opt::value)) return {without, without};
  arity.min = without + 1;
  return arity;
}

}  // namespace

// What the object says about every layer, and all else in its order.
void LayerReader::look_at(const json::Node& node) {
  of_every_layer_ = {};
  options_.clear();
  others_.clear();
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member)) {
    const json::Node*& known = of_every_layer_[static_cast<std::size_t>(member->word)];
    if (member->word == json::Word::none || member->word == json::Word::use)
      others_.push_back(member);
    else if (known == nullptr)
      known = member;
  }
}

// Tells the options of the kind from the other members.
void LayerReader::sort_options(const KindInfo& kind) {
  options_.assign(kind.options.size(), nullptr);
  std::size_t next = 0;  // most stand in the order of the kind's list
  std::erase_if(others_, [&](const json::Node* member) {
    while (next < kind.options.size() && !member->is_called(to_string(kind.options[next].opt))) ++next;
    const OptionInfo* option =
        next < kind.options.size() ? &kind.options[next++] : kind.option(member->key());
    if (option == nullptr) return false;
    const json::Node*& known = options_[static_cast<std::size_t>(option - kind.options.data())];
    if (known == nullptr) known = member;
    return true;
  });
}

bool LayerReader::run(const std::vector<Entry>& entries) {
  std::unordered_map<std::size_t, int> uses;  // by the place in the file
  for (const Entry& entry : entries)
    if (entry.scope->caller || entry.repeated) ++uses[entry.node->span.begin];
  spec_.layers.reserve(entries.size());
  entries_ = &entries;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    check_cancelled();
    const Entry& entry = entries[i];
    if (!entry.residual) open(*entry.scope);
    read_copy(document_, *entry.node, *entry.scope, entry.name, entry.repeated, findings_);
    LayerSpec& layer = spec_.layers.emplace_back();
    layer.name = entry.name;
    layer.part = entry.part;
    layer.used_at = entry.scope->used_at;
    layer.ignore = entry.ignore;
    const auto times = uses.find(entry.node->span.begin);
    layer.shared = (times != uses.end() && times->second > 1) || blocks_.depends(*entry.node);
    read(entry, LayerId(i), layer);
    if (!blocks_.exhausted()) continue;
    add_too_large(document_, *entry.node, false, findings_);
    spec_.layers.clear();
    return false;
  }
  check_taken();
  findings_.read_single();
  return true;
}

// Finds out what a use or a branch takes, when its first layer is about to be read.
void LayerReader::open(Scope& scope) {
  if (scope.opened) return;
  scope.opened = true;
  open(*scope.caller);
  opened_.push_back(&scope);
  if (scope.twin) {
    scope.before = scope.twin->before;
    scope.inputs = scope.twin->inputs;
    scope.taken = scope.twin->taken;
    return;
  }
  scope.before = scope.starts ? scope.caller->inputs.front() : Ref{scope.first - 1, 0};
  read_copy(document_, *scope.node, *scope.caller, scope.name, scope.repeated, findings_);
  const json::Node* inputs = document_.find(*scope.node, "inputs");
  if (inputs) inputs = blocks_.value(*inputs, *scope.caller, scope.name);
  if (inputs) {
    references(*inputs, {scope.caller, scope.first, scope.before, scope.name}, scope.inputs);
    const std::size_t count = inputs->type == json::Type::array ? inputs->count : 1;
    // One that names nothing is reported, and is no reason to speak about the number of them.
    scope.inputs.resize(std::max(count, std::size_t{1}), scope.before);
    if (count == 0 || (!scope.definition && count > 1))
      findings_.add(Code::S109,
                    std::string(scope.definition ? "a use of a block takes 1 or more inputs"
                                                 : "`Residual` takes 1 input") +
                        ", not " + std::to_string(count),
                    document_.value(*inputs), scope.name);
  }
  if (scope.inputs.empty()) scope.inputs.push_back(scope.before);
  if (scope.copy > 0) scope.inputs.front() = scope.before;
  scope.taken.resize(scope.inputs.size());
}

// A second input that no layer of the block names goes nowhere.
void LayerReader::check_taken() {
  for (const Scope* scope : opened_) {
    if (!scope->definition) continue;
    for (std::size_t i = 1; i < scope->taken.size(); ++i) {
      if (scope->taken[i]) continue;
      read_copy(document_, *scope->node, *scope->caller, scope->name, scope->repeated, findings_);
      findings_.add(Code::S109,
                    "the block " + in_backticks(scope->definition->name) + " never takes `input:" +
                        std::to_string(i) + "`, which " + in_backticks(scope->name) + " gives it",
                    document_.value(*document_.find(*scope->node, "inputs")), scope->name);
    }
  }
}

Spot LayerReader::spot_of(const Entry& entry, LayerId index, std::string_view name) {
  const Ref previous = entry.starts ? entry.scope->inputs.front() : Ref{index - 1, 0};
  return {entry.scope, index, previous, name};
}

std::optional<Ref> LayerReader::resolve(const json::Node& reference, int scope, const Spot& spot,
                                        bool indices) {
  const int written_in = reference.scope() >= 0 ? reference.scope() : scope;
  if (written_in < 0) return names_.resolve(spec_, reference, spot, indices);
  // An argument: its names are those around the use.
  const Scope& use = blocks_.scope(written_in);
  return names_.resolve(spec_, reference, {use.caller, spot.layer, use.before, spot.name}, indices);
}

bool LayerReader::references(const json::Node& inputs, const Spot& spot, std::vector<Ref>& refs) {
  bool good = true;
  const auto add = [&](const json::Node& reference) {
    const std::optional<Ref> ref = resolve(reference, inputs.scope(), spot);
    if (ref) refs.push_back(*ref);
    good = good && ref.has_value();
  };
  if (inputs.type != json::Type::array) {
    add(inputs);
  } else {
    for (const json::Node* reference = document_.first(inputs); reference;
         reference = document_.next(*reference))
      add(*reference);
  }
  return good;
}

void LayerReader::read(const Entry& entry, LayerId index, LayerSpec& layer) {
  const json::Node& node = *entry.node;
  const Spot spot = spot_of(entry, index, layer.name);
  layer.where = layer.name_place = layer.type_place = document_.value(node);
  if (node.type != json::Type::object) {
    findings_.add(Code::S104, "a layer must be an object with `type`, not " + described(node), layer.where,
                  layer.name);
    layer.broken = true;
    layer.inputs.push_back(spot.previous);
    return;
  }
  look_at(node);
  const json::Node* name = said(json::Word::name);
  const json::Node* type = entry.failed && document_.find(node, json::Word::use)
                               ? document_.find(node, json::Word::use)
                               : value_of(json::Word::type);
  if (type) layer.type_place = document_.value(*type, layer.where, "type");
  if (const json::Node* named = name ? name : type) {
    layer.name_place = name ? document_.value(*name, layer.where, "name") : layer.type_place;
    layer.name_place.span.begin = named->key_span.begin;
  }
  check_description(node);
  if (entry.residual) {
    read_sum(entry, layer);
  } else {
    const bool known = !entry.failed && read_type(type, entry, layer);
    if (entry.failed) layer.typed_as = !type ? "" : type->key() == "use" ? "use" : std::string(type->text());
    if (known) {
      sort_options(layer.info());
      find_other_words(layer);
      read_options(entry, spot, layer);
      for (const json::Node* member : others_) layer_key(*member, *entry.node, layer);
    } else {
      layer.broken = true;
    }
    read_wiring(entry, spot, layer, known);
    if (known) check_combinations(node, layer);
  }
  if (const json::Node* source = said(json::Word::source))
    if (const json::Node* value = blocks_.value(*source, *entry.scope, layer.name))
      layer.source = read_source(document_, *value, layer.name, findings_, suggestions_);
  if (!entry.expect) return;
  const json::Node* expect = blocks_.value(*entry.expect, *entry.expect_scope, layer.name);
  if (!expect) return;
  const std::size_t rank = spec_.inputs.empty() ? 0 : spec_.inputs[0].shape.size();
  layer.expect = read_expect(document_, *expect, layer.name, rank, findings_, suggestions_);
}

void LayerReader::check_description(const json::Node& node) {
  if (said(json::Word::description) == nullptr) return;
  for (const json::Node* member = document_.first(node); member; member = document_.next(*member))
    if (member->key() == "description" && member->type != json::Type::string)
      findings_.add(Code::S104, "`description` must be a string, not " + described(*member),
                    document_.value(*member));
}

// The Add at the end of a Residual.
void LayerReader::read_sum(const Entry& entry, LayerSpec& layer) {
  layer.kind = LayerKind::Add;
  layer.typed_as = "Residual";
  for (const OptionInfo& option : layer.info().options)
    layer.options.edit().push_back({&option, option.fallback, false, layer.where});
  layer.inputs = {Ref{entry.branch, 0},
                  entry.shortcut.is_none() ? entry.residual->inputs.front() : Ref{entry.shortcut, 0}};
}

bool LayerReader::read_type(const json::Node* type, const Entry& entry, LayerSpec& layer) {
  if (!type) {
    findings_.add(Code::S105, in_backticks(layer.name) + " needs a `type`", layer.name_place, layer.name);
    return false;
  }
  type = blocks_.value(*type, *entry.scope, layer.name);
  if (!type) return false;
  if (type->type != json::Type::string) {
    findings_.add(Code::S104, "`type` must be the name of a layer type, not " + described(*type),
                  document_.value(*type), layer.name);
    return false;
  }
  layer.typed_as = type->text();
  brought_ = {};
  other_type_ = false;
  if (const KindInfo* kind = find_kind(type->text())) {
    layer.kind = kind->kind;
    return true;
  }
  if (const std::string_view instead = instead_of(type->text()); !instead.empty()) {
    findings_.add(Code::S103,
                  in_backticks(type->text()) + " of torch.nn is no layer type here: " + std::string(instead),
                  document_.value(*type), layer.name);
    return false;
  }
  return understand(*type, *entry.node, layer);
}

// How many spatial axes the layers of the file have, as far as their types say; else what the input tells.
int LayerReader::axes_at_hand() {
  if (axes_at_hand_ > 0) return axes_at_hand_;
  std::array<int, 4> counts{};
  for (const Entry& entry : *entries_) {
    const json::Node* type =
        entry.node->type == json::Type::object ? document_.find(*entry.node, "type") : nullptr;
    if (type == nullptr || type->type != json::Type::string) continue;
    const KindInfo* kind = find_kind(type->text());
    if (kind != nullptr && kind->axes > 0) ++counts[static_cast<std::size_t>(kind->axes)];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  const auto rank = spec_.inputs.empty() ? 0 : static_cast<int>(spec_.inputs[0].shape.size());
  axes_at_hand_ = *most > 0 ? static_cast<int>(most - counts.begin()) : std::clamp(rank - 2, 1, 3);
  return axes_at_hand_;
}

// A type that is no word of ours: what was meant by it, if that can be told, so that the rest of the layer
// can be read too.
bool LayerReader::understand(const json::Node& type, const json::Node& node, LayerSpec& layer) {
  const auto meant = meant_kind(type.text(), axes_at_hand());
  const KindInfo* kind = meant ? meant->kind : nullptr;
  std::string message = "there is no layer type " + in_backticks(type.text());
  if (meant && kind == nullptr) {
    findings_.add(Code::S103, message + ": " + std::string(meant->advice), document_.value(type), layer.name);
    return false;
  }
  static const std::vector<std::string_view> kinds = [] {
    std::vector<std::string_view> list;
    for (const KindInfo& one : all_kinds()) list.push_back(one.name);
    list.push_back("Interpolate");
    list.push_back("Residual");
    return list;
  }();
  if (kind == nullptr) {
    const auto word = suggestions_.nearest(type.text(), kinds);
    if (word) kind = find_kind(*word);
    if (word && kind == nullptr) message += nearest_text("type", *word);
    if (kind != nullptr && type.text().find_first_of("123") == std::string_view::npos)
      kind = &with_axes(*kind, axes_at_hand());
  }
  if (kind == nullptr) {
    findings_.add(Code::S103, std::move(message), document_.value(type), layer.name);
    return false;
  }
  message += word_text(meant ? meant->from : std::string_view(), "type", kind->name);
  Finding& finding = findings_.add(Code::S103, std::move(message), document_.value(type), layer.name);
  std::string_view beside = meant ? meant->options : std::string_view();
  // `"output_size": 1`, where the layer does not say it itself.
  if (document_.find(node, beside.substr(0, beside.find("\":")).substr(beside.empty() ? 0 : 1)) != nullptr)
    beside = {};
  // What stands in the file as it is read here.
  if (type.origin() < 0 && type.span.end - type.span.begin == type.text().size() + 2)
    offer_text(finding, type.span,
               to_json(Value{std::string(kind->name)}) + (beside.empty() ? "" : ", " + std::string(beside)),
               "write " + in_backticks(kind->name) + (beside.empty() ? "" : " with " + std::string(beside)),
               meant ? Applicability::safe : Applicability::unsafe);
  layer.kind = kind->kind;
  layer.typed_as = kind->name;
  brought_ = beside;
  other_type_ = true;
  return true;
}

// Members that are no option, but another library's word for one that is not written otherwise.
void LayerReader::find_other_words(const LayerSpec& layer) {
  other_words_.clear();
  for (const json::Node* member : others_) {
    const auto meant = meant_option(layer.info(), member->key());
    if (meant && written(layer.kind, meant->option->opt) == nullptr)
      other_words_.push_back({meant->option, member, meant->from, false});
  }
  for (const json::Node* member : others_)
    if (holds_options(member->key())) find_options_within(*member, layer);
  if (!others_.empty()) guess_required(layer);
}

// Options in an object of their own, as other tools write them: read as if they stood in the layer, so that
// no option is told as missing that is there.
void LayerReader::find_options_within(const json::Node& object, const LayerSpec& layer) {
  if (object.type != json::Type::object) return;
  for (const json::Node* member = document_.first(object); member; member = document_.next(*member)) {
    const OptionInfo* option = layer.info().option(member->key());
    if (option == nullptr)
      if (const auto meant = meant_option(layer.info(), member->key())) option = meant->option;
    if (option != nullptr && written(layer.kind, option->opt) == nullptr)
      other_words_.push_back({option, member, {}, false});
  }
}

// The fix that puts them into the layer; none where one of them stands there too.
void LayerReader::offer_unwrapped(const json::Node& object, const json::Node& node, Finding& finding) const {
  if (object.type != json::Type::object || object.count == 0 || object.origin() >= 0) return;
  const json::Node* last = nullptr;
  for (const json::Node* member = document_.first(object); member; member = document_.next(*member)) {
    if (document_.find(node, member->key()) != nullptr) return;
    last = member;
  }
  const Span inner{document_.first(object)->key_span.begin, last->span.end};
  offer_text(finding, {object.key_span.begin, object.span.end}, std::string(document_.slice(inner)),
             "write the options in the layer itself");
}

// A misspelt key of an option without which the layer cannot be read: the rest is then looked at too.
void LayerReader::guess_required(const LayerSpec& layer) {
  std::vector<std::string_view> missing;
  for (const OptionInfo& option : layer.info().options)
    if (option.required && written(layer.kind, option.opt) == nullptr)
      missing.push_back(to_string(option.opt));
  if (missing.empty()) return;
  for (const json::Node* member : others_) {
    if (other_word(*member) != nullptr || meant_key(KeyPlace::layer, member->key())) continue;
    const auto word = suggestions_.nearest(member->key(), missing);
    const OptionInfo* option = word ? layer.info().option(*word) : nullptr;
    if (option != nullptr && written(layer.kind, option->opt) == nullptr)
      other_words_.push_back({option, member, {}, true});
  }
}

const LayerReader::OtherWord* LayerReader::other_word(const json::Node& member) const {
  const auto found = std::find_if(other_words_.begin(), other_words_.end(),
                                  [&](const OtherWord& word) { return word.member == &member; });
  return found == other_words_.end() ? nullptr : &*found;
}

// The value of a key of every layer, be it under another library's word.
const json::Node* LayerReader::value_of(json::Word key) const {
  if (const json::Node* own = said(key)) return own;
  for (const json::Node* member : others_) {
    const auto meant = meant_key(KeyPlace::layer, member->key());
    if (meant && meant->key == json::word_names[static_cast<std::size_t>(key)]) return member;
  }
  return nullptr;
}

const json::Node* LayerReader::written(LayerKind kind, Opt opt) const {
  if (const json::Node* member = options_[option_place(kind, opt)]) return member;
  for (const OtherWord& word : other_words_)
    if (word.option->opt == opt) return word.member;
  return nullptr;
}

namespace {

// The value of the option in `"output_size": 1` or `"mode": "bilinear"`, where it is about that option.
std::optional<Value> brought_value(std::string_view text, Opt opt) {
  if (text.empty()) return std::nullopt;
  const std::string head = "\"" + std::string(to_string(opt)) + "\": ";
  if (!text.starts_with(head)) return std::nullopt;
  text.remove_prefix(head.size());
  if (text.starts_with('"')) return Value{std::string(text.substr(1, text.size() - 2))};
  return Value{static_cast<std::int64_t>(std::stoll(std::string(text)))};
}

}  // namespace

// A key that the kind does not know.
void LayerReader::layer_key(const json::Node& member, const json::Node& node, const LayerSpec& layer) {
  std::vector<std::string_view> known(kLayerKeys.begin(), kLayerKeys.end());
  for (const OptionInfo& option : layer.info().options) known.push_back(to_string(option.opt));
  const OtherWord* other = other_word(member);
  const std::string_view advice = other == nullptr ? advice_on_option(member.key()) : std::string_view();
  auto key = other == nullptr && advice.empty() ? meant_key(KeyPlace::layer, member.key()) : std::nullopt;
  if (key && document_.find(node, key->key) != nullptr) key = std::nullopt;
  const bool meant = (other != nullptr && !other->guessed) || key;
  std::optional<std::string_view> word;
  if (other != nullptr) {
    word = to_string(other->option->opt);
  } else if (key) {
    word = key->key;
  } else if (advice.empty()) {
    word = suggestions_.nearest(member.key(), known);
  }
  std::string message = in_backticks(layer.info().name) + " has no option " + in_backticks(member.key());
  if (!advice.empty()) message += ": " + std::string(advice);
  if (word) message += word_text(other != nullptr ? other->from : key ? key->from : "", "key", *word);
  Finding& finding = findings_.add(Code::S102, std::move(message), document_.key(member), layer.name);
  // A key that stands there already would be written twice.
  if (word && member.origin() < 0 && document_.find(node, *word) == nullptr)
    offer_word(finding, member.key_span, *word, meant ? Applicability::safe : Applicability::unsafe);
  if (!advice.empty() && holds_options(member.key())) {
    offer_unwrapped(member, node, finding);
    return;
  }
  std::string options;
  for (const OptionInfo& option : layer.info().options)
    options += (options.empty() ? "" : ", ") + std::string(to_string(option.opt));
  if (!options.empty())
    finding.notes.push_back("options of `" + std::string(layer.info().name) + "`: " + options);
}

void LayerReader::read_options(const Entry& entry, const Spot& spot, LayerSpec& layer) {
  const KindInfo& kind = layer.info();
  std::vector<OptionValue>& options = layer.options.edit();
  options.resize(kind.options.size());
  for (std::size_t place = 0; place < options.size(); ++place) {
    const OptionInfo& option = kind.options[place];
    const json::Node* written = options_[place];
    if (written == nullptr && !other_words_.empty()) written = this->written(kind.kind, option.opt);
    const json::Node* given = written ? blocks_.value(*written, *entry.scope, layer.name) : nullptr;
    OptionValue& value = options[place];
    value.info = &option;
    value.written = written;
    value.where = written ? document_.value(given ? *given : *written, layer.where, to_string(option.opt))
                          : layer.where;
    if (!written) {
      copy_value(option.fallback, value.value);
      if (brought_.empty() && !option.required) continue;
      if (auto brought = brought_value(brought_, option.opt)) {
        value.value = std::move(*brought);
        continue;
      }
      if (!option.required) continue;
      // Behind what is wrong with the type, which it follows from.
      findings_.add(Code::S105,
                    in_backticks(kind.name) + " needs `" + std::string(to_string(option.opt)) + "`",
                    other_type_ ? layer.type_place : layer.name_place, layer.name);
      layer.broken = true;
      continue;
    }
    const bool reference = option.type == OptType::reference;
    if (reference) value.value = option.fallback;
    if (given && (reference ? read_reference(*given, spot, layer, option, value.value)
                            : read_option(document_, *given, kind, option, layer.name, findings_,
                                          suggestions_, value.value)))
      continue;
    value.value = option.fallback;
    layer.broken = true;
  }
}

bool LayerReader::read_reference(const json::Node& node, const Spot& spot, const LayerSpec& layer,
                                 const OptionInfo& option, Value& value) {
  if (node.type == json::Type::null && !option.required) return true;
  const bool indices = option.opt == Opt::indices;
  std::optional<Ref> ref = resolve(node, -1, spot, indices);
  if (!ref) return false;
  if (indices && !is_pool_for(*ref, layer.info())) {
    const bool is_input = ref->is_input();
    const std::string what = is_input ? "an input" : with_article(spec_.layer(ref->layer).info().name);
    findings_.add(Code::S112,
                  "`indices` must name a MaxPool" + std::to_string(layer.info().axes) + "d, and " +
                      in_backticks(node.text()) + " is " + what,
                  document_.value(node), layer.name);
    return false;
  }
  if (indices) ref->output = 0;
  value = *ref;
  return true;
}

bool LayerReader::is_pool_for(Ref ref, const KindInfo& unpool) const {
  if (ref.is_input()) return false;
  const LayerSpec& pool = spec_.layer(ref.layer);
  // What an unknown type would return is not known; it has its own finding.
  if (pool.broken && !find_kind(pool.typed_as)) return true;
  return pool.info().family == Family::max_pool && pool.info().axes == unpool.axes;
}

void LayerReader::read_wiring(const Entry& entry, const Spot& spot, LayerSpec& layer, bool known) {
  const Arity arity = known ? arity_of(layer) : Arity{1, -1};
  const json::Node* inputs = value_of(json::Word::inputs);
  if (!inputs) {
    if (arity.max != 0) layer.inputs.push_back(spot.previous);
    if (arity.min > 1) {
      findings_.add(Code::S109,
                    in_backticks(layer.info().name) + " needs `inputs` with " + wanted(arity) + " names",
                    layer.name_place, layer.name);
      layer.broken = true;
    }
    return;
  }
  inputs = blocks_.value(*inputs, *entry.scope, layer.name);
  bool good = inputs && references(*inputs, spot, layer.inputs);
  const std::size_t count = !inputs ? 0 : inputs->type == json::Type::array ? inputs->count : 1;
  const bool few = count < static_cast<std::size_t>(arity.min);
  const bool many = arity.max >= 0 && count > static_cast<std::size_t>(arity.max);
  if (inputs && (few || many)) {
    const std::string taker = known ? in_backticks(layer.info().name) : in_backticks(layer.name);
    findings_.add(Code::S109,
                  taker + " takes " + wanted(arity) + (arity.max == 1 ? " input" : " inputs") + ", not " +
                      std::to_string(count),
                  document_.value(*inputs), layer.name);
    good = false;
  }
  if (layer.inputs.empty() && arity.max != 0) layer.inputs.push_back(spot.previous);
  if (arity.max == 0) layer.inputs.clear();
  // A further copy runs on the one before.
  if (entry.copy > 0 && !layer.inputs.empty()) layer.inputs.front() = spot.previous;
  if (!good) layer.broken = true;
}

// What no single option shows.
void LayerReader::check_combinations(const json::Node& node, LayerSpec& layer) {
  if (layer.kind == LayerKind::Custom) {
    const json::Node* output = document_.find(node, "output");
    const json::Node* outputs = document_.find(node, "outputs");
    if (!output && !outputs) {
      // What follows is looked at all the same.
      Finding& finding = findings_.add(
          Code::S105,
          "`Custom` needs `output`: \"same\", or a shape as [\"in[0]\", \"in[1]*2\"]; `outputs` "
          "where it returns several",
          layer.name_place, layer.name);
      finding.notes.push_back("until then `" + layer.name + "` is taken to return the shape that it gets");
    } else if (output && outputs) {
      Finding& finding = findings_.add(Code::S116, "`output` and `outputs` exclude each other",
                                       document_.key(*outputs), layer.name);
      finding.related.push_back({layer.name, document_.key(*output), "`output` stands here"});
      layer.broken = true;
    }
  }
  for (const OptionValue& option : layer.options) {
    if (const auto* sizes = std::get_if<std::vector<Expression>>(&option.value))
      check_sizes(*sizes, option, layer);
    if (const auto* shapes = std::get_if<std::vector<std::vector<Expression>>>(&option.value))
      for (const std::vector<Expression>& shape : *shapes) check_sizes(shape, option, layer);
  }
}

// `in[2][0]` where the layer has two inputs.
void LayerReader::check_sizes(const std::vector<Expression>& sizes, const OptionValue& option,
                              LayerSpec& layer) {
  for (const Expression& size : sizes) {
    for (const Expression::Node& part : size.nodes()) {
      if (part.op != Expression::Op::axis || static_cast<std::size_t>(part.input) < layer.inputs.size() ||
          layer.broken)
        continue;
      findings_.add(Code::S113,
                    in_backticks(to_string(size)) + " reads input " + std::to_string(part.input) + ", and " +
                        in_backticks(layer.name) + " has " + std::to_string(layer.inputs.size()) +
                        ", counted from 0",
                    option.where, layer.name);
      layer.broken = true;
    }
  }
}

}  // namespace shapedbg
