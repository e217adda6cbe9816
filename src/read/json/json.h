// JSON with the place of everything: a tree whose nodes know the bytes of their key and value.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
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

class Document;

// A document has them by the hundred thousand: what stands in the bytes is read from there when it is asked
// for.
struct Node {
  Type type = Type::null;
  bool integral = false;  // a number written without fraction and exponent
  bool in_range = false;  // an integral number that fits 64 bits, or any other finite one

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
  int origin() const;             // of a copy: the node of the file whose place it has
  int scope() const;              // of a copy: where the names in it are looked up; free to the reader

 private:
  friend class Document;
  friend class Builder;
  friend class PlainReader;
  const Document* home_ = nullptr;
};

static_assert(sizeof(Node) <= 48);

// A node beside the tree.
struct Copied : Node {
  int from = -1;   // what origin() says
  int names = -1;  // what scope() says
};

// Views into `source` and into itself: keep both alive, neither moves.
class Document {
 public:
  // Reads the whole file; `//` and `/* */` comments and a byte order mark are skipped. What is wrong
  // is added to `findings` (J0xx); where the bytes are not JSON the document is empty().
  Document(const Source& source, std::vector<Finding>& findings);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  bool empty() const { return nodes_.empty(); }
  // Duplicate keys beyond limits::findings, which are counted only.
  std::size_t left_out() const { return left_out_; }
  const Node& root() const { return nodes_.front(); }
  // Null for the root, and for nodes beside the tree.
  const Node* parent(const Node& node) const { return at(node.parent); }
  // Children in the order of the file; null at the end.
  const Node* first(const Node& node) const { return at(node.first); }
  const Node* next(const Node& node) const { return at(node.next); }
  // The first member with that key, or null.
  const Node* find(const Node& object, std::string_view key) const;
  // The same of several keys, on one way along the members.
  template <std::size_t N>
  std::array<const Node*, N> find(const Node& object, const std::array<std::string_view, N>& keys) const {
    std::array<const Node*, N> found{};
    for (const Node* member = first(object); member; member = next(*member)) {
      const std::string_view key = member->key();
      for (std::size_t i = 0; i < N; ++i)
        if (keys[i] == key && found[i] == nullptr) found[i] = member;
    }
    return found;
  }

  // What the file has there.
  std::string_view slice(Span span) const { return bytes_.substr(span.begin, span.end - span.begin); }
  std::string pointer(const Node& node) const;  // RFC 6901
  Location value(const Node& node) const { return {node.span, pointer(node)}; }
  // The same of the member `key`, a literal, of the object at `object`, without another way up to the root.
  // `member` may be another one, or of another object.
  Location value(const Node& member, const Location& object, const char* key) const;
  Location key(const Node& node) const { return {node.key_span, pointer(node)}; }
  // Nodes beside the tree, linked to it by their children: `node` again, to be changed in part, and
  // with other children, which are copied too. Both keep their place in the file.
  Copied& copy(const Node& node);
  Copied& copy(const Node& node, const std::vector<const Node*>& children);
  // Such a node under the key of another one; with another text; with a number for its text.
  void set_key(Copied& node, const Node& like);
  void set_text(Copied& node, std::string text);
  void set_number(Copied& node, std::int64_t number);

  // From the key to the end of the value.
  Location member(const Node& node) const { return {{node.key_span.begin, node.span.end}, pointer(node)}; }

 private:
  friend class Builder;
  friend class PlainReader;
  friend struct Node;
  // Texts that are kept, by the number of a node of the file or the address of a copy.
  using Kept = std::unordered_map<std::uintptr_t, std::string_view>;
  std::uintptr_t kept_under(const Node& node) const {
    return node.copied_ ? reinterpret_cast<std::uintptr_t>(&node)
                        : static_cast<std::uintptr_t>(&node - nodes_.data());
  }
  void append_pointer(const Node& node, std::string& text) const;  // of no copy; as deep as limits::depth
  static void append_key(std::string_view key, std::string& text);
  const Node* at(int index) const {
    if (index < 0) return nullptr;
    const auto i = static_cast<std::size_t>(index);
    return i < nodes_.size() ? &nodes_[i] : &copies_[i - nodes_.size()];
  }

  std::string_view bytes_;
  std::vector<Node> nodes_;
  std::deque<Copied> copies_;        // numbered on from nodes_
  std::deque<std::string> decoded_;  // strings that held escapes, and those of copies
  Kept kept_texts_;
  Kept kept_keys_;
  std::size_t left_out_ = 0;
};

inline std::string_view Node::text() const {
  if (text_kept_) return home_->kept_texts_.at(home_->kept_under(*this));
  const std::size_t quote = type == Type::string ? 1 : 0;
  if (quote == 0 && type != Type::number) return {};
  return home_->bytes_.substr(span.begin + quote, span.end - span.begin - 2 * quote);
}

inline std::string_view Node::key() const {
  if (key_span.end == 0) return {};
  if (key_kept_) return home_->kept_keys_.at(home_->kept_under(*this));
  return {home_->bytes_.data() + key_span.begin + 1, key_span.end - key_span.begin - 2};
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
