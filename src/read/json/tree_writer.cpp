#include "read/json/tree_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "net/spec.h"
#include "read/json/plain_reader.h"
#include "text/much_memory.h"

namespace shapedbg::json {
namespace {

// Bytes of the character at `at` of valid UTF-8, 0 where the bytes there are none.
std::size_t character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  const unsigned char second = byte(at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7F; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();
bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

bool append_string(std::string_view text, std::string& json) {
  json += '"';
  if (std::all_of(text.begin(), text.end(), is_plain)) {
    json.append(text) += '"';
    return true;
  }
  bool escapes = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character(text, i);
    const char c = text[i];
    if (length == 0) {
      json += "\uFFFD";
    } else if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
      escapes = true;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      constexpr std::string_view digits = "0123456789abcdef";
      json += "\\u00";
      json += digits[static_cast<unsigned char>(c) >> 4];
      json += digits[static_cast<unsigned char>(c) & 15];
      escapes = true;
    } else {
      json += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  json += '"';
  return !escapes;
}

TreeWriter::TreeWriter(std::size_t bytes, std::size_t values)
    : made_(std::make_shared<MadeTree>()), growth_(made_->tree) {
  constexpr std::size_t many = 4'000;
  if (values > many) expect_much_memory();
  made_->bytes.reserve(bytes);
  made_->tree.nodes_.reserve(values);
}

void TreeWriter::flush() {
  made_->bytes.append(pending_.data(), pending_size_);
  pending_size_ = 0;
  made_->tree.bytes_ = made_->bytes;
}

void TreeWriter::put_large(std::string_view piece) {
  flush();
  made_->bytes += piece;
}

// Where it stands, with its quotes.
Span TreeWriter::put_string(std::string_view text) {
  const std::size_t begin = at();
  if (text.size() + 2 > pending_.size() - pending_size_) flush();
  if (text.size() + 2 <= pending_.size()) {
    char* out = pending_.data() + pending_size_;
    *out++ = '"';
    std::size_t i = 0;
    for (; i < text.size() && is_plain(text[i]); ++i) *out++ = text[i];
    if (i == text.size()) {
      *out = '"';
      pending_size_ += text.size() + 2;
      return {begin, at()};
    }
  }
  flush();
  plain_ = append_string(text, made_->bytes) && plain_;
  return {begin, at()};
}

void TreeWriter::begin() {
  if (keyed_ || layouts_.empty()) {
    keyed_ = false;
    return;
  }
  put(growth_.container().first < 0 ? layouts_.back()->first : layouts_.back()->between);
}

void TreeWriter::key(std::string_view word) {
  begin();
  constexpr std::string_view behind = "\": ";
  char* out = place_for(1 + word.size() + behind.size());
  const std::size_t begin = at() - 1 - word.size() - behind.size();
  *out++ = '"';
  std::memcpy(out, word.data(), word.size());
  std::memcpy(out + word.size(), behind.data(), behind.size());
  key_ = {{begin, begin + word.size() + 2}, word_of(word)};
  keyed_ = true;
}

void TreeWriter::name(std::string_view text) {
  constexpr std::uint32_t few = 24;
  begin();
  flush();
  const Node& object = growth_.container();
  plain_ = plain_ && object.count < few && growth_.tree().find(object, text) == nullptr;
  key_ = {put_string(text), word_of(text)};
  put(": ");
  keyed_ = true;
}

void TreeWriter::open(Type type, const Layout& layout) {
  begin();
  growth_.open(type, std::exchange(key_, {}), at());
  put(type == Type::object ? "{" : "[");
  layouts_.push_back(&layout);
}

void TreeWriter::close() {
  const Node& container = growth_.container();
  if (container.first >= 0) put(layouts_.back()->last);
  put(container.type == Type::object ? "}" : "]");
  layouts_.pop_back();
  growth_.close(at());
}

void TreeWriter::string(std::string_view text) {
  begin();
  add(Type::string, put_string(text).begin);
}

void TreeWriter::integer(std::int64_t number) {
  begin();
  std::array<char, 24> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  const std::size_t begin = at();
  put({digits.data(), static_cast<std::size_t>(end - digits.data())});
  Node& added = growth_.add(Type::number, std::exchange(key_, {}), {begin, at()});
  added.integral = added.in_range = true;
}

void TreeWriter::boolean(bool flag) {
  begin();
  const std::size_t begin = at();
  put(flag ? "true" : "false");
  add(Type::boolean, begin);
}

void TreeWriter::value(std::string_view json) {
  if (json == "true" || json == "false") return boolean(json == "true");
  begin();
  const std::size_t begin = at();
  put(json);
  flush();
  const std::size_t depth = growth_.depth();
  const std::size_t values = growth_.size();
  const bool read = plain_ && is_ascii(json) && PlainReader(growth_, made_->bytes).read_value(begin, key_);
  if (!read) {
    // No tree then; where the text stands is told by it all the same.
    plain_ = false;
    while (growth_.depth() > depth) growth_.close(at());
    if (growth_.size() == values) growth_.add(Type::null, {}, {begin, at()});
  }
  key_ = {};
}

std::shared_ptr<const MadeText> TreeWriter::finish(std::string_view end) && {
  put(end);
  flush();
  constexpr std::size_t most_values = 2'000'000;
  if (plain_ && made_->bytes.size() <= limits::file_bytes && growth_.size() <= most_values)
    return std::move(made_);
  return std::make_shared<MadeText>(std::move(made_->bytes));
}

}  // namespace shapedbg::json
