#include "read/json/rewrite.h"
#include "text/lower.h"

#include <algorithm>

namespace shapedbg {
namespace {

bool blank(std::string_view text) { return text.find_first_not_of(" \t") == std::string_view::npos; }

std::string quoted_json(std::string_view text) { return to_json(Value{std::string(text)}); }

// The blanks before `at` where nothing else stands before it on its line.
std::string_view own_line_indent(std::string_view bytes, std::size_t at, bool& own) {
  // A file may be one line: only what is blank is looked at.
  std::size_t start = at;
  while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t')) --start;
  own = start > 0 && (bytes[start - 1] == '\n' || bytes[start - 1] == '\r');
  return bytes.substr(start, at - start);
}

bool is_one_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return is_word(c); });
}

std::string_view line_ending(std::string_view bytes) {
  const std::size_t at = bytes.find_first_of("\r\n");
  if (at == std::string_view::npos || bytes[at] == '\n') return "\n";
  return at + 1 < bytes.size() && bytes[at + 1] == '\n' ? "\r\n" : "\r";
}

// Behind the comment that closes the line of `at`; `at` itself where something else follows there.
std::size_t behind_line_comment(std::string_view bytes, std::size_t at) {
  const std::size_t blanks = bytes.find_first_not_of(" \t", at);
  if (blanks != std::string_view::npos && bytes[blanks] != '/' && bytes[blanks] != '\r' &&
      bytes[blanks] != '\n')
    return at;
  const std::size_t found = bytes.find_first_of("\r\n", at);
  const std::size_t end = found == std::string_view::npos ? bytes.size() : found;
  const std::string_view rest = bytes.substr(at, end - at);
  const std::size_t text = rest.find_first_not_of(" \t");
  if (text == std::string_view::npos || rest.substr(text).starts_with("//")) return end;
  if (rest.substr(text).starts_with("/*")) {
    const std::size_t close = rest.find("*/", text + 2);
    if (close != std::string_view::npos && blank(rest.substr(close + 2))) return end;
  }
  return at;
}

}  // namespace

Rewrite::Rewrite(const Source& source) : source_(source) {
  std::vector<Finding> findings;
  document_ = std::make_shared<json::Document>(source, findings);
}

Rewrite::Rewrite(const Source& source, std::shared_ptr<const json::Document> document)
    : source_(source), document_(std::move(document)) {}

const json::Node* Rewrite::child(const json::Node& node, std::size_t index) const {
  const json::Node* found = document_->first(node);
  for (; found != nullptr && index > 0; --index) found = document_->next(*found);
  return found;
}

const json::Node* Rewrite::at(Span span) const {
  if (document_->empty()) return nullptr;
  const json::Node* node = &document_->root();
  while (node != nullptr && node->span != span) {
    const json::Node* inside = document_->first(*node);
    while (inside != nullptr && inside->span.end < span.end) inside = document_->next(*inside);
    node = inside != nullptr && inside->span.begin <= span.begin ? inside : nullptr;
  }
  return node;
}

std::vector<const json::Node*> Rewrite::lists() const {
  std::vector<const json::Node*> found;
  if (document_->empty() || document_->root().type != json::Type::object) return found;
  for (const std::string_view key : {"layers", "encoder", "decoder"}) {
    const json::Node* list = document_->find(document_->root(), key);
    if (list != nullptr && list->type == json::Type::array && list->count > 0) found.push_back(list);
  }
  return found;
}

bool Rewrite::own(const json::Node& list) const {
  for (const json::Node* one : lists())
    if (one == &list) return true;
  return false;
}

Rewrite::Entry Rewrite::entry(const LayerSpec& layer) const {
  if (document_->empty()) return {};
  const Span span = layer.where.span;
  const json::Node* node = &document_->root();
  const json::Node* list = nullptr;
  while (node != nullptr && node->span != span) {
    list = node->type == json::Type::array ? node : nullptr;
    const json::Node* inside = document_->first(*node);
    while (inside != nullptr && inside->span.end < span.end) inside = document_->next(*inside);
    node = inside != nullptr && inside->span.begin <= span.begin ? inside : nullptr;
  }
  if (node == nullptr || list == nullptr || node->type != json::Type::object) return {};
  return {list, node};
}

const json::Node* Rewrite::use_around(Span span) const {
  if (document_->empty()) return nullptr;
  const json::Node* found = nullptr;
  const json::Node* node = &document_->root();
  while (node != nullptr) {
    if (node->type == json::Type::object && document_->find(*node, "use") != nullptr) found = node;
    const json::Node* inside = document_->first(*node);
    while (inside != nullptr && inside->span.end < span.end) inside = document_->next(*inside);
    node = inside != nullptr && inside->span.begin <= span.begin ? inside : nullptr;
  }
  return found;
}

std::vector<Edit> Rewrite::replace_option(const LayerSpec& layer, Opt present, Opt fresh,
                                          std::string_view json) const {
  const json::Node* object = at(layer.where.span);
  if (object == nullptr || object->type != json::Type::object) return {};
  const json::Node* member = document_->find(*object, to_string(present));
  if (member == nullptr || document_->find(*object, to_string(fresh)) != nullptr) return {};
  std::string_view colon = source_.slice({member->key_span.end, member->span.begin});
  if (colon.find_first_not_of(" \t:") != std::string_view::npos) colon = ": ";
  std::string text = "\"" + std::string(to_string(fresh)) + "\"" + std::string(colon) + std::string(json);
  return {{member->key_span.begin, member->span.end - member->key_span.begin, std::move(text)}};
}

// Behind the comma of the entry before, or behind `[`: a comment above the neighbour stays with it.
std::vector<Edit> Rewrite::insert(const json::Node& list, std::size_t index, std::string_view object) const {
  const std::string_view bytes = source_.bytes();
  const json::Node* neighbour = child(list, index);
  if (neighbour == nullptr) return {};
  std::size_t anchor = list.span.begin + 1;
  if (index > 0) {
    json::Scanner scanner(bytes, child(list, index - 1)->span.end);
    anchor = scanner.token().end;
  }
  bool own = false;
  const std::string_view indent = own_line_indent(bytes, neighbour->span.begin, own);
  std::string text(object);
  if (own) {
    const std::string line = std::string(line_ending(bytes)) + std::string(indent) + text + ",";
    return {{behind_line_comment(bytes, anchor), 0, line}};
  }
  return {{anchor, 0, (index > 0 ? " " : "") + text + "," + (index > 0 ? "" : " ")}};
}

std::vector<Edit> Rewrite::insert_before(const LayerSpec& layer, std::string_view object) const {
  const Entry at = entry(layer);
  return at.node == nullptr ? std::vector<Edit>{} : insert(*at.list, at.node->index, object);
}

std::vector<Edit> Rewrite::insert_first(std::string_view object) const {
  const auto all = lists();
  return all.empty() ? std::vector<Edit>{} : insert(*all.front(), 0, object);
}

std::vector<Edit> Rewrite::append(std::string_view object) const {
  const auto all = lists();
  return all.empty() ? std::vector<Edit>{} : append_to(*all.back(), object);
}

std::vector<Edit> Rewrite::append_to(const json::Node& list, std::string_view object) const {
  const std::string_view bytes = source_.bytes();
  if (list.count == 0) return {};
  const json::Node* last = child(list, list.count - 1);
  bool own_line = false;
  const std::string_view indent = own_line_indent(bytes, last->span.begin, own_line);
  if (!own_line) return {{last->span.end, 0, ", " + std::string(object)}};
  const std::string line = std::string(line_ending(bytes)) + std::string(indent) + std::string(object);
  const std::size_t comment = behind_line_comment(bytes, last->span.end);
  if (blank(bytes.substr(last->span.end, comment - last->span.end))) return {{last->span.end, 0, "," + line}};
  return {{last->span.end, 0, ","}, {comment, 0, line}};
}

std::vector<Edit> Rewrite::append_to_branch(const LayerSpec& sum, std::string_view object) const {
  const json::Node* node = entry(sum).node;
  const json::Node* branch = node == nullptr ? nullptr : document_->find(*node, "layers");
  if (branch == nullptr || branch->type != json::Type::array || branch->count == 0) return {};
  return append_to(*branch, object);
}

std::vector<Edit> Rewrite::add_shortcut(const LayerSpec& sum, std::string_view object) const {
  const json::Node* node = entry(sum).node;
  if (node == nullptr || sum.typed_as != "Residual") return {};
  const std::string list = "[" + std::string(object) + "]";
  if (const json::Node* shortcut = document_->find(*node, "shortcut")) {
    if (shortcut->type != json::Type::array || shortcut->count != 0) return {};
    return {{shortcut->span.begin, shortcut->span.end - shortcut->span.begin, list}};
  }
  return add_member(source_, node->span, "shortcut", list);
}

std::optional<std::string> Rewrite::prefix(const LayerSpec& layer) const {
  const Entry at = entry(layer);
  if (at.node == nullptr) return std::nullopt;
  if (own(*at.list)) return std::string();
  const json::Node* name = document_->find(*at.node, "name");
  const std::string local = name == nullptr ? std::to_string(at.node->index) : std::string(name->text());
  if (!layer.name.ends_with("." + local)) return std::nullopt;
  return layer.name.substr(0, layer.name.size() - local.size());
}

std::string_view Rewrite::name_before(const LayerSpec& layer) const {
  const Entry at = entry(layer);
  if (at.node == nullptr || at.node->index == 0) return {};
  const json::Node* name = document_->find(*child(*at.list, at.node->index - 1), "name");
  return name == nullptr || name->type != json::Type::string ? std::string_view() : name->text();
}

namespace {

// The text without spaces, ranges that take all as null.
std::string squeezed(std::string_view text) {
  std::string all;
  for (const char c : text)
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') all += c;
  constexpr std::string_view open = "[null,null]";
  for (std::size_t at = all.find(open); at != std::string::npos; at = all.find(open, at))
    all.replace(at, open.size(), "null");
  return all;
}

// The one `"$word"` within a list; empty where there is none or another, or it computes.
std::string word_within(std::string_view list) {
  const std::size_t at = list.find("\"$");
  if (at == std::string_view::npos || list.find('$', at + 2) != std::string_view::npos) return {};
  const std::size_t end = list.find('"', at + 2);
  const std::string word(list.substr(at + 2, end == std::string_view::npos ? 0 : end - at - 2));
  return is_one_word(word) ? word : std::string();
}

// What stands for `"$word"` in a list that is to become `json`; empty where anything else would change.
std::string value_within(std::string_view list, const std::string& word, std::string_view json) {
  const std::string is = squeezed(list);
  const std::string fresh = squeezed(json);
  const std::string quoted = "\"$" + word + "\"";
  const std::size_t at = is.find(quoted);
  const std::size_t behind = is.size() - at - quoted.size();
  if (at == std::string::npos || fresh.size() <= at + behind || !fresh.starts_with(is.substr(0, at)) ||
      !fresh.ends_with(is.substr(at + quoted.size())))
    return {};
  std::string value = fresh.substr(at, fresh.size() - at - behind);
  return value.find_first_of(",[]") == std::string::npos ? value : std::string();
}

}  // namespace

Rewrite::AtUse Rewrite::set_at_use(const LayerSpec& layer, Opt opt, std::string_view json) const {
  const json::Node* object = at(layer.where.span);
  const json::Node* block = block_around(layer.where.span);
  if (layer.used_at.empty() || object == nullptr || block == nullptr) return {};
  const json::Node* use = use_around(layer.used_at.front().span);
  if (use == nullptr) return {};

  AtUse result;
  const json::Node* member = document_->find(*object, to_string(opt));
  std::string word(to_string(opt));
  if (member != nullptr && member->text().find('$') != std::string_view::npos &&
      member->type == json::Type::string) {
    // "$out*2" follows from an argument that other options may take, too.
    word = member->text().substr(1);
    if (!member->text().starts_with('$') || !is_one_word(word)) return {};
  } else if (member != nullptr && member->type == json::Type::array &&
             source_.slice(member->span).find('$') != std::string_view::npos) {
    // One number of a list is the argument.
    const std::string_view list = source_.slice(member->span);
    word = word_within(list);
    const std::string value = word.empty() ? std::string() : value_within(list, word, json);
    const json::Node* given = document_->find(*use, word);
    if (value.empty() || given == nullptr) return {};
    result.edits.push_back({given->span.begin, given->span.end - given->span.begin, value});
    return result;
  } else {
    // What the block says becomes the default of a new argument.
    const OptionValue* option = layer.find(opt);
    const std::string quoted = "\"$" + word + "\"";
    const std::string_view body = source_.slice(block->span);
    if (option == nullptr || body.find("$" + word) != std::string_view::npos) return {};
    if (std::holds_alternative<std::monostate>(option->info->fallback) && member == nullptr &&
        option->info->type != OptType::reference)
      return {};
    const std::string old =
        member != nullptr ? std::string(source_.slice(member->span)) : to_json(option->info->fallback);
    result.fresh = true;
    if (member != nullptr)
      result.edits.push_back({member->span.begin, member->span.end - member->span.begin, quoted});
    else
      result.edits = add_member(source_, object->span, word, quoted);
    const std::string fallback = "{\"" + word + "\": " + old + "}";
    const json::Node* defaults =
        block->type == json::Type::object ? document_->find(*block, "defaults") : nullptr;
    if (block->type == json::Type::array) {
      result.edits.push_back({block->span.begin, 0, "{\"defaults\": " + fallback + ", \"layers\": "});
      result.edits.push_back({block->span.end, 0, "}"});
    } else if (defaults == nullptr) {
      result.edits.push_back({block->span.begin + 1, 0, "\"defaults\": " + fallback + ", "});
    } else {
      for (Edit& edit : add_member(source_, defaults->span, word, old))
        result.edits.push_back(std::move(edit));
    }
  }
  if (const json::Node* each = document_->find(*use, "each"))
    result.passes = document_->find(*each, word) != nullptr;
  if (const json::Node* given = document_->find(*use, word)) {
    result.edits.push_back({given->span.begin, given->span.end - given->span.begin, std::string(json)});
    return result;
  }
  for (Edit& edit : add_member(source_, use->span, word, json)) result.edits.push_back(std::move(edit));
  return result;
}

const json::Node* Rewrite::block_around(Span span) const {
  const json::Node* blocks = document_->empty() ? nullptr : document_->find(document_->root(), "blocks");
  const json::Node* block = blocks == nullptr ? nullptr : document_->first(*blocks);
  while (block != nullptr && block->span.end < span.end) block = document_->next(*block);
  return block != nullptr && block->span.begin <= span.begin ? block : nullptr;
}

Rewrite::Argument Rewrite::argument(const LayerSpec& layer, Opt opt) const {
  const json::Node* object = at(layer.where.span);
  const json::Node* member = object == nullptr ? nullptr : document_->find(*object, to_string(opt));
  if (member != nullptr && member->type == json::Type::array) {
    const std::string word = word_within(source_.slice(member->span));
    return word.empty() ? Argument{} : argument_named(layer, word);
  }
  if (member == nullptr || member->type != json::Type::string || !member->text().starts_with('$')) return {};
  const std::string_view word = member->text().substr(1);
  if (is_one_word(word)) return argument_named(layer, word);
  return {true, {}, 0};
}

Rewrite::Argument Rewrite::argument_named(const LayerSpec& layer, std::string_view word) const {
  Argument result;
  result.is_argument = true;
  const json::Node* block = block_around(layer.where.span);
  if (block == nullptr) return result;
  result.block = block->span;
  const std::string_view body = source_.slice(block->span);
  const std::string dollar = "$" + std::string(word);
  for (std::size_t found = body.find(dollar); found != std::string_view::npos;
       found = body.find(dollar, found + 1)) {
    const std::size_t end = found + dollar.size();
    if (end == body.size() || !is_one_word(body.substr(end, 1))) ++result.occurrences;
  }
  return result;
}

bool Rewrite::writes(const LayerSpec& layer, Opt opt) const {
  const json::Node* object = at(layer.where.span);
  return object != nullptr && document_->find(*object, to_string(opt)) != nullptr;
}

bool Rewrite::has_inputs(const LayerSpec& layer) const {
  const json::Node* object = entry(layer).node;
  return object != nullptr && document_->find(*object, "inputs") != nullptr;
}

std::vector<Edit> Rewrite::remove(const LayerSpec& layer) const {
  const Entry found = entry(layer);
  if (found.node == nullptr || found.list->count < 2) return {};
  if (const json::Node* next = document_->next(*found.node))
    return {{found.node->span.begin, next->span.begin - found.node->span.begin, ""}};
  const std::size_t before = child(*found.list, found.node->index - 1)->span.end;
  return {{before, found.node->span.end - before, ""}};
}

const json::Node* Rewrite::input_node(const LayerSpec& layer, std::size_t input) const {
  const json::Node* object = entry(layer).node;
  const json::Node* inputs = object == nullptr ? nullptr : document_->find(*object, "inputs");
  if (inputs == nullptr) return nullptr;
  if (inputs->type == json::Type::array) inputs = child(*inputs, input);
  return inputs != nullptr && inputs->type == json::Type::string ? inputs : nullptr;
}

std::string_view Rewrite::reference(const LayerSpec& layer, std::size_t input) const {
  const json::Node* node = input_node(layer, input);
  return node == nullptr ? std::string_view() : node->text();
}

std::vector<std::string_view> Rewrite::references(const LayerSpec& layer) const {
  std::vector<std::string_view> texts(layer.inputs.size());
  const json::Node* object = entry(layer).node;
  const json::Node* inputs = object == nullptr ? nullptr : document_->find(*object, "inputs");
  if (inputs == nullptr || texts.empty()) return texts;
  const bool list = inputs->type == json::Type::array;
  const json::Node* one = list ? document_->first(*inputs) : inputs;
  // Where all are named at once, each is.
  for (std::size_t k = 0; k < texts.size() && one != nullptr; ++k) {
    if (one->type == json::Type::string) texts[k] = one->text();
    if (list) one = document_->next(*one);
  }
  return texts;
}

std::vector<Edit> Rewrite::refer(const LayerSpec& layer, std::size_t input, std::string_view name) const {
  if (const json::Node* node = input_node(layer, input))
    return {{node->span.begin, node->span.end - node->span.begin, quoted_json(name)}};
  return {};
}

std::vector<Edit> Rewrite::refer_at_use(const LayerSpec& layer, std::size_t input,
                                        std::string_view name) const {
  const std::string_view argument = reference(layer, input);
  if (!argument.starts_with('$') || layer.used_at.empty()) return {};
  const json::Node* use = use_around(layer.used_at.front().span);
  const json::Node* given = use == nullptr ? nullptr : document_->find(*use, argument.substr(1));
  if (given == nullptr || given->type != json::Type::string || given->text().starts_with('$')) return {};
  return {{given->span.begin, given->span.end - given->span.begin, quoted_json(name)}};
}

std::vector<Edit> Rewrite::redirect(std::string_view from, std::string_view to) const {
  std::vector<Edit> edits;
  const auto turn = [&](const json::Node& node) {
    if (node.type == json::Type::string && (node.text() == from || node.text() == "input"))
      edits.push_back({node.span.begin, node.span.end - node.span.begin, quoted_json(to)});
  };
  for (const json::Node* list : lists()) {
    for (const json::Node* object = document_->first(*list); object != nullptr;
         object = document_->next(*object)) {
      if (object->type != json::Type::object) continue;
      for (const std::string_view key : {"inputs", "size_like"}) {
        const json::Node* value = document_->find(*object, key);
        if (value == nullptr) continue;
        turn(*value);
        if (value->type != json::Type::array) continue;
        for (const json::Node* one = document_->first(*value); one != nullptr; one = document_->next(*one))
          turn(*one);
      }
    }
  }
  return edits;
}

const json::Node* Rewrite::free_size(const FreeSize& size) const {
  const json::Node* sizes = document_->empty() ? nullptr : document_->find(document_->root(), "sizes");
  const json::Node* object = sizes == nullptr ? nullptr : document_->first(*sizes);
  while (object != nullptr && object->key_span != size.where.span) object = document_->next(*object);
  return object == nullptr || object->type != json::Type::object ? nullptr : object;
}

std::vector<Edit> Rewrite::fix_free_size(const FreeSize& size, std::int64_t value) const {
  const json::Node* object = free_size(size);
  if (object == nullptr) return {};
  const std::string number = std::to_string(value);
  return {{object->span.begin, object->span.end - object->span.begin,
           "{\"min\": " + number + ", \"max\": " + number + "}"}};
}

std::vector<Edit> Rewrite::set_free_size(const FreeSize& size, std::string_view key,
                                         std::string_view json) const {
  const json::Node* object = free_size(size);
  if (object == nullptr) return {};
  const json::Node* member = document_->find(*object, key);
  if (member == nullptr) return add_member(source_, object->span, key, json);
  return {{member->span.begin, member->span.end - member->span.begin, std::string(json)}};
}

std::vector<Edit> Rewrite::set_size(const Location& shape, std::size_t index, std::int64_t size) const {
  const json::Node* list = at(shape.span);
  const json::Node* node = list == nullptr || list->type != json::Type::array ? nullptr : child(*list, index);
  if (node == nullptr || node->type != json::Type::number) return {};
  return {{node->span.begin, node->span.end - node->span.begin, std::to_string(size)}};
}

std::vector<Edit> Rewrite::insert_size(const Location& shape, std::size_t index, std::int64_t size) const {
  const json::Node* list = at(shape.span);
  if (list == nullptr || list->type != json::Type::array || index >= list->count) return {};
  const json::Node* node = child(*list, index);
  const std::size_t from = index == 0 ? list->span.begin + 1 : child(*list, index - 1)->span.end;
  std::string_view gap = source_.slice({from, node->span.begin});
  if (index > 0) gap = gap.substr(gap.find(',') + 1);
  if (gap.find_first_not_of(" \t\r\n") != std::string_view::npos || (index == 0 && gap.empty())) gap = " ";
  return {{node->span.begin, 0, std::to_string(size) + "," + std::string(gap)}};
}

}  // namespace shapedbg
