// JSON with the place of everything: a tree whose nodes know the bytes of their key and value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "finding/finding.h"
#include "text/source.h"

namespace shapedbg::json {

enum class Type : std::uint8_t { null, boolean, number, string, array, object };

// A span in half the room: a document has nodes by the hundred thousand, and no file is as long.
struct ShortSpan {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  ShortSpan() = default;
  ShortSpan(Span span)  // NOLINT(google-explicit-constructor): the same thing
      : begin(static_cast<std::uint32_t>(span.begin)), end(static_cast<std::uint32_t>(span.end)) {}
  operator Span() const { return {begin, end}; }  // NOLINT(google-explicit-constructor)
};

class Tree;

// The keys that all entries of a list of layers share, told once, when the key is met.
enum class Word : std::uint8_t {
  none,
  name,
  type,
  use,
  inputs,
  expect,
  repeat,
  each,
  ignore,
  description,
  source
};
inline constexpr std::array<std::string_view, 11> word_names{
    "", "name", "type", "use", "inputs", "expect", "repeat", "each", "ignore", "description", "source"};
inline Word word_of(std::string_view key) {
  const auto the_only = [key] {
    switch (key.size()) {
      case 3:
        return Word::use;
      case 4:
        return key[0] == 'n' ? Word::name : key[0] == 't' ? Word::type : Word::each;
      case 6:
        if (key[0] == 'i') return key[1] == 'n' ? Word::inputs : Word::ignore;
        return key[0] == 's' ? Word::source : key[0] == 'e' ? Word::expect : Word::repeat;
      case 11:
        return Word::description;
      default:
        return Word::none;
    }
  };
  const Word word = the_only();
  return key == word_names[static_cast<std::size_t>(word)] ? word : Word::none;
}

// A document has them by the hundred thousand: what stands in the bytes is read from there when it is asked
// for.
struct Node {
  Type type = Type::null;
  Word word = Word::none;     // of the key
  bool integral : 1 = false;  // a number written without fraction and exponent
  bool in_range : 1 = false;  // an integral number that fits 64 bits, or any other finite one

 private:
  bool text_kept_ : 1 = false;  // the document holds it: the bytes have it with escapes, or not at all
  bool key_kept_ : 1 = false;
  bool copied_ : 1 = false;

 public:
  int parent = -1;
  int first = -1;           // first child
  int next = -1;            // next child of the same parent
  std::uint32_t count = 0;  // children
  std::uint32_t index = 0;  // position in the parent
  ShortSpan key_span;       // with the quotes
  ShortSpan span;           // strings with their quotes

  bool flag() const;              // the value of a boolean
  std::int64_t integer() const;   // an integral number in range, else 0
  double number() const;          // any number
  std::string_view text() const;  // a string decoded, a number as written
  std::string_view key() const;   // decoded; empty where the parent is no object
  bool is_called(std::string_view key) const;
  int origin() const;  // of a copy: the node of the file whose place it has
  int scope() const;   // of a copy: where the names in it are looked up; free to the reader

 private:
  friend class Document;
  friend class Tree;
  friend class Builder;
  friend class Growth;
  const Tree* home_ = nullptr;
};

static_assert(sizeof(Node) <= 48);

// A node beside the tree.
struct Copied : Node {
  int from = -1;              // what origin() says
  int names = -1;             // what scope() says
  std::string_view own_text;  // where the node says that it is kept
  std::string_view own_key;
};

// The nodes of one text in the order of the file, as it was read or as it was written: a MadeTree has them
// from its writer. Never changed afterwards.
class Tree {
 public:
  Tree() = default;
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  const Node* first(const Node& node) const { return at(node.first); }
  const Node* next(const Node& node) const { return at(node.next); }
  // The first member with that key, or null.
  const Node* find(const Node& object, std::string_view key) const;
  std::string pointer(const Node& node) const;  // RFC 6901

 private:
  friend class Builder;
  friend class Document;
  friend class Growth;
  friend class PlainReader;
  friend class TreeWriter;
  friend struct Node;
  const Node* at(int index) const { return index < 0 ? nullptr : &nodes_[static_cast<std::size_t>(index)]; }
  std::size_t place(const Node& node) const { return static_cast<std::size_t>(&node - nodes_.data()); }
  void append_pointer(const Node& node, std::string& text) const;  // as deep as limits::depth

  std::string_view bytes_;
  std::vector<Node> nodes_;
  std::deque<std::string> decoded_;  // strings that held escapes, by the place of the node
  std::unordered_map<std::size_t, std::string_view> kept_texts_;
  std::unordered_map<std::size_t, std::string_view> kept_keys_;
  std::size_t left_out_ = 0;
};

// A text that was written together with its tree.
struct MadeTree final : MadeText {
  Tree tree;
};

// Views into `source` and into itself: keep both alive, neither moves.
class Document {
 public:
  // Reads the whole file; `//` and `/* */` comments and a byte order mark are skipped. What is wrong
  // is added to `findings` (J0xx); where the bytes are not JSON the document is empty(). The tree of a text
  // that was made here is taken as it is.
  Document(const Source& source, std::vector<Finding>& findings);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  bool empty() const { return size_ == 0; }
  // Duplicate keys beyond limits::findings, which are counted only.
  std::size_t left_out() const { return tree_->left_out_; }
  const Node& root() const { return *nodes_; }
  // Null for the root, and for nodes beside the tree.
  const Node* parent(const Node& node) const { return at(node.parent); }
  // Children in the order of the file; null at the end.
  const Node* first(const Node& node) const { return at(node.first); }
  const Node* next(const Node& node) const { return at(node.next); }
  // The first member with that key, or null.
  const Node* find(const Node& object, std::string_view key) const;
  const Node* find(const Node& object, Word word) const {
    const Node* member = first(object);
    while (member != nullptr && member->word != word) member = next(*member);
    return member;
  }

  // What the file has there.
  std::string_view slice(Span span) const { return bytes_.substr(span.begin, span.end - span.begin); }
  std::string pointer(const Node& node) const;  // RFC 6901
  Pointer place(const Node& node) const;        // the same
  Location value(const Node& node) const { return {node.span, place(node)}; }
  // The same of the member `key`, a literal, of the object at `object`, without another way up to the root.
  // `member` may be another one, or of another object.
  Location value(const Node& member, const Location& object, std::string_view key) const;
  Location key(const Node& node) const { return {node.key_span, place(node)}; }
  // Nodes beside the tree, linked to it by their children: `node` again, to be changed in part, and
  // with other children, which are copied too. Both keep their place in the file.
  Copied& copy(const Node& node);
  Copied& copy(const Node& node, const std::vector<const Node*>& children);
  // Such a node under the key of another one; with another text; with a number for its text.
  void set_key(Copied& node, const Node& like);
  void set_text(Copied& node, std::string text);
  void set_number(Copied& node, std::int64_t number);

  // From the key to the end of the value.
  Location member(const Node& node) const { return {{node.key_span.begin, node.span.end}, place(node)}; }

 private:
  SpecList spec_list(const Node& node) const;
  const Node* at(int index) const {
    if (index < 0) return nullptr;
    const auto i = static_cast<std::size_t>(index);
    return i < size_ ? nodes_ + i : &copies_[i - size_];
  }

  std::string_view bytes_;
  std::shared_ptr<const Tree> tree_;
  const Node* nodes_ = nullptr;  // of the tree
  std::size_t size_ = 0;
  std::deque<Copied> copies_;      // numbered on from them
  std::deque<std::string> texts_;  // of copies
};

inline std::string_view Node::text() const {
  if (text_kept_)
    return copied_ ? static_cast<const Copied*>(this)->own_text : home_->kept_texts_.at(home_->place(*this));
  const std::size_t quote = type == Type::string ? 1 : 0;
  if (quote == 0 && type != Type::number) return {};
  return {home_->bytes_.data() + span.begin + quote, span.end - span.begin - 2 * quote};
}

inline std::string_view Node::key() const {
  if (key_span.end == 0) return {};
  if (key_kept_)
    return copied_ ? static_cast<const Copied*>(this)->own_key : home_->kept_keys_.at(home_->place(*this));
  return {home_->bytes_.data() + key_span.begin + 1, key_span.end - key_span.begin - 2};
}

inline bool Node::is_called(std::string_view key) const {
  const bool as_long = key_span.end - key_span.begin == key.size() + 2;
  return (as_long || key_kept_) && this->key() == key;
}

inline int Node::origin() const { return copied_ ? static_cast<const Copied*>(this)->from : -1; }
inline int Node::scope() const { return copied_ ? static_cast<const Copied*>(this)->names : -1; }

// The tokens of a JSON text, valid or not: what stands where. Whitespace and comments are skipped.
class Scanner {
 public:
  explicit Scanner(std::string_view bytes, std::size_t at = 0) : bytes_(bytes), at_(at) {}
  // The next token; an empty span at the end. Anything that starts no token is one of a single byte.
  Span token();
  // The next token that is neither `,` nor `:`.
  Span value();
  std::size_t at() const { return at_; }

 private:
  void skip_blank();
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace shapedbg::json
