#include "lsp/completion.h"

#include <algorithm>

#include "finding/finding.h"
#include "lsp/hover.h"
#include "net/kinds.h"
#include "net/option_text.h"
#include "net/spec.h"
#include "read/json/json.h"
#include "read/json/key_docs.h"

namespace shapedbg::lsp {
namespace {

std::string_view unquoted(std::string_view token) {
  if (token.starts_with('"')) token.remove_prefix(1);
  if (token.ends_with('"')) token.remove_suffix(1);
  return token;
}

// An object or list that is open at the place.
struct Open {
  bool object = false;
  std::string_view key;  // of its own in what is around it
  struct Member {
    std::string_view key;
    std::string_view value;  // its first token
  };
  std::vector<Member> members;
  std::string_view last_key;  // of the member whose value comes next, empty where a key does
  bool at_value = false;
};

// Everything around a place, told by the tokens alone: the text may break off there.
class Surroundings {
 public:
  Surroundings(std::string_view bytes, std::size_t offset)
      : bytes_(bytes), offset_(offset), replaced_{offset, offset} {
    read_before();
    read_after();
  }

  Span replaced() const { return replaced_; }
  const std::vector<Open>& open() const { return open_; }
  // A colon follows the word.
  bool before_colon() const { return before_colon_; }

 private:
  // A string ends with its line, whatever the scanner reads on to.
  Span next(json::Scanner& scanner) const {
    Span token = scanner.token();
    if (token.end > token.begin && bytes_[token.begin] == '"') {
      const std::size_t line = bytes_.substr(token.begin, token.end - token.begin).find('\n');
      if (line != std::string_view::npos) {
        token.end = token.begin + line;
        scanner = json::Scanner(bytes_, token.end);
      }
    }
    return token;
  }

  bool is_word(Span token) const {
    const char c = bytes_[token.begin];
    return c == '"' || c == '$' || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  void read_before() {
    json::Scanner scanner(bytes_);
    for (Span token = next(scanner); token.end > token.begin; token = next(scanner)) {
      rest_ = token.begin;
      if (token.begin >= offset_) return;
      const bool word = is_word(token);
      const bool closed =
          bytes_[token.begin] == '"' && token.end - token.begin > 1 && bytes_[token.end - 1] == '"';
      if (word && (offset_ < token.end || (offset_ == token.end && !closed))) {
        replaced_ = token;
        rest_ = token.end;
        return;
      }
      rest_ = token.end;
      take(bytes_.substr(token.begin, token.end - token.begin));
    }
  }

  void take(std::string_view token) {
    if (token == "{" || token == "[") {
      Open inner;
      inner.object = token == "{";
      if (!open_.empty()) {
        if (open_.back().object) inner.key = open_.back().last_key;
        value(token);
      }
      open_.push_back(std::move(inner));
    } else if (token == "}" || token == "]") {
      if (!open_.empty()) open_.pop_back();
    } else if (open_.empty()) {
      return;
    } else if (token == ":") {
      open_.back().at_value = true;
    } else if (token == ",") {
      open_.back().at_value = false;
      open_.back().last_key = {};
    } else {
      value(token);
    }
  }

  void value(std::string_view token) {
    Open& here = open_.back();
    if (!here.object) return;
    if (!here.at_value) {
      here.last_key = unquoted(token);
      here.members.push_back({here.last_key, {}});
    } else if (!here.members.empty() && here.members.back().value.empty()) {
      here.members.back().value = token;
    }
  }

  // The members of the innermost object that stand behind the place.
  void read_after() {
    if (open_.empty() || !open_.back().object) return;
    json::Scanner scanner(bytes_, rest_);
    int depth = 0;
    std::string_view before;
    bool value_next = false;
    for (Span span = next(scanner); span.end > span.begin; span = next(scanner)) {
      const std::string_view token = bytes_.substr(span.begin, span.end - span.begin);
      if (depth == 0 && token == ":" && before.empty()) before_colon_ = true;
      if (token == "{" || token == "[") ++depth;
      if ((token == "}" || token == "]") && --depth < 0) return;
      if (depth > 0) continue;
      if (token == ":" && !before.empty()) {
        open_.back().members.push_back({unquoted(before), {}});
        value_next = true;
      } else if (value_next) {
        open_.back().members.back().value = token;
        value_next = false;
      }
      before = token;
    }
  }

  std::string_view bytes_;
  std::size_t offset_;
  std::size_t rest_ = 0;
  Span replaced_;
  std::vector<Open> open_;
  bool before_colon_ = false;
};

enum class Where : std::uint8_t { other, spec, entry, each, block, free_size, source };

class Completing {
 public:
  Completing(const Source& text, std::size_t offset, const NameTable* names)
      : offset_(offset), names_(names), around_(text.bytes(), offset) {}

  Proposals run() {
    result_.replaced = around_.replaced();
    const std::vector<Open>& open = around_.open();
    if (open.empty()) return result_;
    const Open& here = open.back();
    if (here.object && !here.at_value) {
      keys(where(open.size() - 1), here);
    } else if (here.object) {
      values(where(open.size() - 1), here, here.last_key);
    } else if (open.size() > 1) {
      // An element of a list: what the member is whose value the list is.
      const Open& holder = open[open.size() - 2];
      if (holder.object) values(where(open.size() - 2), holder, here.key);
    }
    return std::move(result_);
  }

 private:
  // What the open object at that depth is.
  Where where(std::size_t depth) const {
    const std::vector<Open>& open = around_.open();
    if (depth == 0) return Where::spec;
    const Open& here = open[depth];
    const Open& parent = open[depth - 1];
    if (!parent.object) return is_layers(depth - 1) ? Where::entry : Where::other;
    if (here.key == "each" && where(depth - 1) == Where::entry) return Where::each;
    if (here.key == "source" && where(depth - 1) == Where::entry) return Where::source;
    if (depth == 2 && open[1].key == "blocks") return Where::block;
    if (depth == 2 && open[1].key == "sizes") return Where::free_size;
    return Where::other;
  }

  bool is_layers(std::size_t depth) const {
    const std::vector<Open>& open = around_.open();
    if (depth == 0) return false;
    const std::string_view key = open[depth].key;
    if (depth == 1) return key == "layers" || key == "encoder" || key == "decoder";
    if (depth == 2 && open[1].key == "blocks") return true;
    const Where parent = where(depth - 1);
    return (key == "layers" && (parent == Where::block || parent == Where::entry)) ||
           (key == "shortcut" && parent == Where::entry);
  }

  static std::string_view value_of(const Open& object, std::string_view key) {
    for (const Open::Member& member : object.members)
      if (member.key == key) return unquoted(member.value);
    return {};
  }
  static bool has(const Open& object, std::string_view key) {
    return std::any_of(object.members.begin(), object.members.end(),
                       [&](const Open::Member& member) { return member.key == key; });
  }

  void key(const Open& here, std::string_view name, std::string detail, std::string markdown) {
    if (has(here, name)) return;
    Proposal proposal{Proposal::Kind::key, std::string(name), std::move(detail), {}, std::move(markdown)};
    proposal.text = "\"" + proposal.label + "\"" + (around_.before_colon() ? "" : ": ");
    result_.list.push_back(std::move(proposal));
  }

  void docs(const Open& here, KeysOf object) {
    for (const KeyDoc& one : key_docs(object)) key(here, one.key, "", about(one));
  }

  void options(const Open& here, std::string_view type) {
    const KindInfo* kind = find_kind(type);
    if (!kind) return;
    // What has to be written stands first.
    for (const bool required : {true, false})
      for (const OptionInfo& option : kind->options)
        if (option.required == required)
          key(here, to_string(option.opt), presence_text(option), about(option));
  }

  void arguments(const Open& here, std::string_view block) {
    if (!names_) return;
    for (const std::string& one : names_->arguments_of(block))
      key(here, one, "argument of " + std::string(block), {});
  }

  void keys(Where where, const Open& here) {
    switch (where) {
      case Where::spec:
        return docs(here, KeysOf::spec);
      case Where::entry:
        if (const std::string_view used = value_of(here, "use"); has(here, "use")) {
          arguments(here, used);
          return docs(here, KeysOf::use);
        }
        options(here, value_of(here, "type"));
        if (value_of(here, "type") == "Residual") return docs(here, KeysOf::residual);
        docs(here, KeysOf::layer);
        if (!has(here, "type")) key(here, "use", "", about(*find_key(KeysOf::use, "use")));
        return;
      case Where::each: {
        const Open& entry = around_.open()[around_.open().size() - 2];
        options(here, value_of(entry, "type"));
        return arguments(here, value_of(entry, "use"));
      }
      case Where::block:
        return docs(here, KeysOf::block);
      case Where::free_size:
        return docs(here, KeysOf::free_size);
      case Where::source:
        return docs(here, KeysOf::source);
      case Where::other:
        return;
    }
  }

  void word(Proposal::Kind kind, std::string_view text, std::string detail = {}, std::string markdown = {}) {
    result_.list.push_back(
        {kind, std::string(text), std::move(detail), "\"" + std::string(text) + "\"", std::move(markdown)});
  }
  void plain(std::string_view text, std::string detail = {}) {
    result_.list.push_back(
        {Proposal::Kind::word, std::string(text), std::move(detail), std::string(text), {}});
  }

  void tensors() {
    if (!names_) return;
    for (const std::string& name : names_->visible_from(offset_))
      word(name.starts_with('$') ? Proposal::Kind::argument : Proposal::Kind::tensor, name);
  }

  void codes() {
    for (const CodeInfo& code : all_codes())
      if (code.id.front() == 'W')
        word(Proposal::Kind::code, code.id, std::string(code.name), std::string(code.summary));
  }

  // The arguments of the block in which the place stands.
  void dollars() {
    const std::vector<Open>& open = around_.open();
    if (!names_ || open.size() < 3 || open[1].key != "blocks") return;
    for (const std::string& one : names_->arguments_of(open[2].key))
      word(Proposal::Kind::argument, "$" + one, "argument of the block");
  }

  void types() {
    for (const KindInfo& kind : all_kinds())
      word(Proposal::Kind::type, kind.name, std::string(kind.doc), about(kind));
    word(Proposal::Kind::type, "Residual", "the sum of two lists of layers");
  }

  void values(Where where, const Open& here, std::string_view name) {
    if (name == "ignore" && (where == Where::spec || where == Where::entry)) return codes();
    if (where == Where::spec && name == "outputs") return tensors();
    if (name == "expect" && (where == Where::spec || where == Where::entry))
      return word(Proposal::Kind::word, "input");
    if (where != Where::entry) return;
    if (name == "type") return types();
    if (name == "inputs") return tensors();
    if (name == "use") {
      if (names_)
        for (const std::string& block : names_->blocks()) word(Proposal::Kind::block, block);
      return;
    }
    const KindInfo* kind = find_kind(value_of(here, "type"));
    const OptionInfo* option = kind ? kind->option(name) : nullptr;
    if (option) {
      option_values(*option);
    } else if (has(here, "use") && !find_key(KeysOf::use, name)) {
      tensors();  // an argument may be one
    }
    if (!option || option->type != OptType::reference) dollars();
  }

  void option_values(const OptionInfo& option) {
    if (option.type == OptType::reference) return tensors();
    if (option.type == OptType::boolean) {
      plain("true");
      plain("false");
      return;
    }
    for (std::string_view words = option.words; !words.empty();) {
      const std::size_t bar = std::min(words.find('|'), words.size());
      word(Proposal::Kind::word, words.substr(0, bar));
      words.remove_prefix(std::min(bar + 1, words.size()));
    }
    if (!std::holds_alternative<std::monostate>(option.fallback) && option.words.empty())
      plain(to_json(option.fallback), "the default");
  }

  std::size_t offset_;
  const NameTable* names_;
  Surroundings around_;
  Proposals result_;
};

}  // namespace

Proposals complete(const Source& text, std::size_t offset, const NameTable* names) {
  return Completing(text, offset, names).run();
}

}  // namespace shapedbg::lsp
