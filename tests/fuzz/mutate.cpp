#include "fuzz/mutate.h"

#include <array>
#include <cctype>
#include <vector>

#include "net/kinds.h"
#include "net/words.h"
#include "read/json/key_docs.h"

namespace shapedbg::fuzz {
namespace {

enum class Kind : std::uint8_t { blank, string, number, word, open, close, other };

struct Token {
  Kind kind = Kind::other;
  std::string text;
};
using Tokens = std::vector<Token>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::size_t string_end(std::string_view bytes, std::size_t at) {
  for (std::size_t i = at + 1; i < bytes.size() && bytes[i] != '\n'; ++i) {
    if (bytes[i] == '\\') {
      ++i;
    } else if (bytes[i] == bytes[at]) {
      return i + 1;
    }
  }
  return at + 1;
}

template <class Is>
std::size_t run_end(std::string_view bytes, std::size_t at, Is is) {
  while (at < bytes.size() && is(bytes[at])) ++at;
  return at;
}

Token token_at(std::string_view bytes, std::size_t at) {
  const char c = bytes[at];
  const auto piece = [&](Kind kind, std::size_t end) {
    return Token{kind, std::string(bytes.substr(at, end - at))};
  };
  if (is_blank(c)) return piece(Kind::blank, run_end(bytes, at, is_blank));
  if (c == '"' || c == '\'') return piece(Kind::string, string_end(bytes, at));
  if (std::isdigit(static_cast<unsigned char>(c)) != 0)
    return piece(Kind::number, run_end(bytes, at, [](char d) { return is_word(d) || d == '.'; }));
  if (is_word(c)) return piece(Kind::word, run_end(bytes, at, is_word));
  if (c == '{' || c == '[' || c == '(') return piece(Kind::open, at + 1);
  if (c == '}' || c == ']' || c == ')') return piece(Kind::close, at + 1);
  return piece(Kind::other, at + 1);
}

Tokens tokens_of(std::string_view bytes) {
  Tokens tokens;
  for (std::size_t at = 0; at < bytes.size(); at += tokens.back().text.size())
    tokens.push_back(token_at(bytes, at));
  return tokens;
}

std::string text_of(const Tokens& tokens) {
  std::string text;
  for (const Token& token : tokens) text += token.text;
  return text;
}

// Everything that a spec may say, each in quotes.
const std::vector<std::string>& vocabulary() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all{"\"input\"", "\"previous\"", "\"same\"", "\"in[2]*2\"",
                                 "\"$n\"",    "\"$out*2\"",   "\"H\"",    "\"scale\"",
                                 "\"min\"",   "\"layers\"",   "\"a.b\"",  "\"x:1\""};
    const auto add = [&](std::string_view word) { all.push_back('"' + std::string(word) + '"'); };
    for (const KindInfo& kind : all_kinds()) {
      add(kind.name);
      for (const OptionInfo& option : kind.options) {
        add(to_string(option.opt));
        for (std::string_view rest = option.words; !rest.empty();) {
          const std::size_t end = std::min(rest.find('|'), rest.size());
          add(rest.substr(0, end));
          rest.remove_prefix(std::min(end + 1, rest.size()));
        }
      }
    }
    for (const KeysOf object : {KeysOf::spec, KeysOf::layer, KeysOf::use, KeysOf::residual, KeysOf::block,
                                KeysOf::free_size, KeysOf::source, KeysOf::expect})
      for (const KeyDoc& key : key_docs(object)) add(key.key);
    for (const KnownWord& known : all_known_words()) add(known.word);
    return all;
  }();
  return words;
}

constexpr std::array kNumbers{"0",
                              "1",
                              "2",
                              "3",
                              "4",
                              "5",
                              "7",
                              "8",
                              "16",
                              "17",
                              "31",
                              "64",
                              "255",
                              "1024",
                              "-1",
                              "-2",
                              "0.5",
                              "1.5",
                              "65537",
                              "1e400",
                              "1e-7",
                              "2147483648",
                              "9223372036854775807",
                              "9223372036854775808",
                              "281474976710656"};
constexpr std::array kPieces{
    ", ",           ": ",       "[",      "]",    "{",  "}",   "(",       ")",    "\"",
    "null",         "true",     "[1, 1]", "{}",   "//", "\n",  "\\u202e", "\x1b", "\xff",
    "\xe2\x80\xae", "\xc2\x85", "# ",     "None", "1,", "\"\""};

class Mutation {
 public:
  Mutation(Tokens tokens, Random& random) : tokens_(std::move(tokens)), random_(random) {}

  void once() {
    if (tokens_.empty()) return put(0, piece());
    const std::size_t at = any();
    switch (below(14)) {
      case 0:
        return erase(at, at + 1);
      case 1:
        return erase(at, group_end(at));
      case 2:
        return copy(at, at + 1, any());
      case 3:
        return copy(at, group_end(at), any());
      case 4:
        return std::swap(tokens_[at], tokens_[any()]);
      case 5:
        return put(at, piece());
      case 6:
        return member(at);
      case 7:
        return copy_entry(at);
      default:
        return replace(at);
    }
  }

  // The group of another text at any place.
  void take(const Tokens& other) {
    if (other.empty()) return;
    const std::size_t from = below(other.size());
    const std::size_t end = group_end(other, from);
    const std::size_t at = tokens_.empty() ? 0 : any();
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(at),
                   other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(end));
  }

  std::string text() const { return text_of(tokens_); }

 private:
  std::size_t below(std::size_t bound) {
    return bound == 0 ? 0 : static_cast<std::size_t>(random_() % bound);
  }
  // Blanks are passed by as far as that is quick.
  std::size_t any() {
    std::size_t at = below(tokens_.size());
    for (int i = 0; i < 4 && tokens_[at].kind == Kind::blank; ++i) at = below(tokens_.size());
    return at;
  }
  std::string piece() { return kPieces[below(kPieces.size())]; }
  const std::string& word() { return vocabulary()[below(vocabulary().size())]; }

  void put(std::size_t at, std::string text) {
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(at), {Kind::other, std::move(text)});
  }
  void erase(std::size_t begin, std::size_t end) {
    tokens_.erase(tokens_.begin() + static_cast<std::ptrdiff_t>(begin),
                  tokens_.begin() + static_cast<std::ptrdiff_t>(end));
  }
  void copy(std::size_t begin, std::size_t end, std::size_t to) {
    const Tokens piece(tokens_.begin() + static_cast<std::ptrdiff_t>(begin),
                       tokens_.begin() + static_cast<std::ptrdiff_t>(end));
    tokens_.insert(tokens_.begin() + static_cast<std::ptrdiff_t>(to), piece.begin(), piece.end());
  }

  // Behind the bracket that closes the one at `at`; one token where it is none.
  static std::size_t group_end(const Tokens& tokens, std::size_t at) {
    int depth = 0;
    for (std::size_t i = at; i < tokens.size() && i < at + 400; ++i) {
      if (tokens[i].kind == Kind::open) ++depth;
      if (tokens[i].kind == Kind::close) --depth;
      if (depth <= 0) return i + 1;
    }
    return at + 1;
  }
  std::size_t group_end(std::size_t at) const { return group_end(tokens_, at); }

  // An entry of a list once more: a layer behind itself.
  void copy_entry(std::size_t at) {
    while (at < tokens_.size() && tokens_[at].kind != Kind::open) ++at;
    if (at == tokens_.size()) return;
    const std::size_t end = group_end(at);
    copy(at, end, end);
    put(end, ", ");
  }

  // `"key": value, ` behind a brace.
  void member(std::size_t at) {
    while (at < tokens_.size() && tokens_[at].text != "{") ++at;
    if (at == tokens_.size()) return;
    put(at + 1, word() + ": " + value() + ", ");
  }

  std::string value() {
    switch (below(4)) {
      case 0:
        return word();
      case 1:
        return piece();
      case 2:
        return "[" + number() + ", " + number() + "]";
      default:
        return number();
    }
  }
  std::string number() { return kNumbers[below(below(3) == 0 ? kNumbers.size() : 14)]; }

  void replace(std::size_t at) {
    Token& token = tokens_[at];
    switch (token.kind) {
      case Kind::number:
        token.text = nearby(token.text);
        return;
      case Kind::string:
        token.text = below(3) == 0 ? other_of(Kind::string) : word();
        return;
      case Kind::word:
        token.text = other_of(Kind::word);
        return;
      case Kind::blank:
        token.text = below(2) == 0 ? " " : "\n";
        return;
      case Kind::open:
      case Kind::close:
      case Kind::other:
        token.text = below(2) == 0 ? other_of(token.kind) : piece();
        return;
    }
  }

  std::string nearby(const std::string& text) {
    if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return number();
    const long long now = std::stoll(text);
    switch (below(6)) {
      case 0:
        return std::to_string(now + 1);
      case 1:
        return std::to_string(now - 1);
      case 2:
        return std::to_string(now * 2);
      case 3:
        return std::to_string(now / 2);
      case 4:
        return other_of(Kind::number);
      default:
        return number();
    }
  }

  // The text of another token of the kind, as far as one is soon found.
  std::string other_of(Kind kind) {
    for (int i = 0; i < 20; ++i) {
      const Token& token = tokens_[below(tokens_.size())];
      if (token.kind == kind) return token.text;
    }
    return piece();
  }

  Tokens tokens_;
  Random& random_;
};

std::string bounded(std::string text, std::string_view before, std::size_t longest) {
  if (text.size() <= longest) return text;
  return std::string(before.substr(0, longest));
}

}  // namespace

std::string mutated(std::string_view bytes, std::size_t longest, Random& random) {
  Mutation mutation(tokens_of(bytes), random);
  const auto changes = 1 + random() % 3 + (random() % 4 == 0 ? 2 : 0);
  for (std::uint64_t i = 0; i < changes; ++i) mutation.once();
  return bounded(mutation.text(), bytes, longest);
}

std::string crossed(std::string_view one, std::string_view other, std::size_t longest, Random& random) {
  Mutation mutation(tokens_of(one), random);
  mutation.take(tokens_of(other));
  return bounded(mutation.text(), one, longest);
}

}  // namespace shapedbg::fuzz
