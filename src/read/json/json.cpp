#include "read/json/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "net/spec.h"
#include "read/json/mend.h"
#include "read/json/parse.h"
#include "read/json/plain_reader.h"
#include "read/json/wording.h"
#include "text/cancel.h"
#include "text/much_memory.h"

namespace shapedbg::json {
namespace {

// Of the bytes that stand before a value, 1.
constexpr std::array<std::uint8_t, 256> kMarks = [] {
  std::array<std::uint8_t, 256> marks{};
  for (const char c : {',', '[', '{'}) marks[static_cast<unsigned char>(c)] = 1;
  return marks;
}();

constexpr std::size_t kMaxNodes = 2'000'000;  // the largest spec of limits::layers has fewer

// nlohmann ends the whole parse at a number beyond double (1e400). Such numbers get a place of their
// own in the findings instead: they are blanked out, and the tree marks them as out of range.
bool beyond_double(std::string_view number) {
  double value = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (code != std::errc::result_out_of_range) return false;
  // from_chars does not tell overflow from underflow; the power of ten of the first digit does.
  std::int64_t power = 0;
  bool seen = false;
  bool fraction = false;
  std::size_t i = number.starts_with('-') ? 1 : 0;
  for (; i < number.size() && number[i] != 'e' && number[i] != 'E'; ++i) {
    if (number[i] == '.') {
      fraction = true;
      continue;
    }
    seen = seen || number[i] != '0';
    if (seen && !fraction) ++power;
    if (!seen && fraction) --power;
  }
  if (i < number.size()) {
    std::string_view digits = number.substr(i + 1);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (parsed.ec == std::errc::result_out_of_range) exponent = INT64_C(1) << 40;
    exponent = std::min(exponent, INT64_C(1) << 40);
    power += negative ? -exponent : exponent;
  }
  return seen && power > 0;
}

std::string without_overflows(std::string bytes) {
  const std::string original = bytes;
  Scanner scanner(original);
  for (Span span = scanner.token(); span.begin < span.end; span = scanner.token()) {
    const char c = original[span.begin];
    if (c != '-' && (c < '0' || c > '9')) continue;
    if (!beyond_double(std::string_view(original).substr(span.begin, span.end - span.begin))) continue;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(span.begin),
              bytes.begin() + static_cast<std::ptrdiff_t>(span.end), ' ');
    bytes[span.begin] = '0';
  }
  return bytes;
}

std::string hex(char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("the byte 0x") + kDigits[byte >> 4u] + kDigits[byte & 15u];
}

}  // namespace

// Listens to nlohmann's SAX parser and walks the same tokens itself: each event is exactly one
// token, so that the two stay in step and every place is known.
class Builder {
 public:
  using number_integer_t = std::int64_t;
  using number_unsigned_t = std::uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = nlohmann::json::binary_t;

  Builder(Tree& tree, const Source& source, std::vector<Finding>& findings)
      : tree_(tree), source_(source), findings_(findings), scanner_(source.bytes(), source.line_start(1)) {}

  void build() {
    const std::string& bytes = source_.bytes();
    // As many as there are values at most, but for commas in strings: growing would hold all of them twice.
    std::size_t marks = 0;
    for (const char c : bytes) marks += kMarks[static_cast<unsigned char>(c)];
    constexpr std::size_t many = 4'000;
    if (marks > many) expect_much_memory();
    tree_.nodes_.reserve(std::min(marks + 1, kMaxNodes));
    if (read_plain()) return;
    bool good = read(bytes);
    std::vector<Finding> slips;
    if (!good && !found_.empty() && found_.back().code == Code::J001) {
      mended_ = mended(source_);
      slips = std::move(mended_.findings);
      if (!slips.empty()) good = read(mended_.bytes);
    }
    // What stands behind the place where reading ended may not be what it looked like.
    if (!good && !found_.empty())
      std::erase_if(slips, [&](const Finding& slip) {
        return slip.where.span.begin >= found_.back().where.span.begin;
      });
    if (!good) tree_.nodes_.clear();
    for (Finding& slip : slips) findings_.push_back(std::move(slip));
    for (Finding& finding : found_) findings_.push_back(std::move(finding));
  }

  // SAX events. False stops the parser.
  bool null() { return add(Type::null); }
  bool boolean(bool) { return add(Type::boolean); }
  bool number_integer(std::int64_t) { return add_number(); }
  bool number_unsigned(std::uint64_t) { return add_number(); }
  bool number_float(double, const std::string&) { return add_number(); }
  bool string(std::string& text) {
    if (!add(Type::string)) return false;
    const Span span = last().span;
    if (has_escapes(span)) {
      last().text_kept_ = true;
      tree_.kept_texts_[tree_.place(last())] = keep(text);
    }
    return true;
  }
  bool binary(binary_t&) { return false; }  // JSON text has none
  bool key(std::string& text) {
    key_span_ = scanner_.value();
    key_ = has_escapes(key_span_) ? keep(text) : std::string_view();
    return true;
  }
  bool start_object(std::size_t) { return open(Type::object); }
  bool start_array(std::size_t) { return open(Type::array); }
  bool end_object() {
    report_duplicates(growth_.container());
    return close();
  }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      overflow_ = true;
      return false;
    }
    return explain(position, error.what());
  }

 private:
  bool read(const std::string& bytes) {
    start(bytes);
    bool good = parse(bytes);
    if (!good && overflow_) {
      start(bytes);
      good = parse(without_overflows(bytes));
    }
    if (!good) return false;
    // nlohmann takes a NUL byte for the end of the text.
    const Span rest = scanner_.token();
    return rest.begin >= rest.end || fail(rest, "expected the end of the file, found " + named(rest));
  }

  void start(const std::string& bytes) {
    text_ = bytes;
    tree_.nodes_.clear();
    tree_.decoded_.clear();
    tree_.kept_texts_.clear();
    tree_.kept_keys_.clear();
    tree_.left_out_ = 0;
    growth_.start();
    found_.clear();
    key_ = {};
    key_span_ = {};
    scanner_ = Scanner(text_, source_.line_start(1));
  }

  bool parse(const std::string& bytes) {
    return nlohmann::json::sax_parse(bytes.data(), bytes.data() + bytes.size(), this,
                                     nlohmann::json::input_format_t::json, true, true);
  }

  Node& last() { return tree_.nodes_.back(); }

  bool starts_value(Span span) {
    check_cancelled();
    if (tree_.nodes_.size() < kMaxNodes) return true;
    found_.push_back({Code::J004,
                      "the file holds more than " + std::to_string(kMaxNodes) + " values",
                      {},
                      {span, {}},
                      {},
                      {},
                      {},
                      {}});
    return false;
  }

  void keep_key() {
    Node& added = last();
    if (added.key_span.end == 0 || !has_escapes(added.key_span)) return;
    added.key_kept_ = true;
    tree_.kept_keys_[tree_.place(added)] = key_;
    added.word = word_of(key_);
  }

  // The key is that of the last member; in a list there is none.
  Growth::Key key_here() const {
    if (!growth_.is_open() || growth_.container().type != Type::object) return {};
    return {key_span_, word_of(source_.slice({key_span_.begin + 1, key_span_.end - 1}))};
  }

  bool add(Type type) {
    const Span span = scanner_.value();
    if (!starts_value(span)) return false;
    growth_.add(type, key_here(), span);
    keep_key();
    return true;
  }

  // The number is read from the file, not from the event: nlohmann makes an integer beyond 64 bits a
  // float without saying so.
  bool add_number() {
    if (!add(Type::number)) return false;
    Node& added = last();
    const std::string_view text = added.text();
    added.integral = text.find_first_of(".eE") == std::string_view::npos;
    std::int64_t integer = 0;
    added.in_range = added.integral
                         ? std::from_chars(text.data(), text.data() + text.size(), integer).ec == std::errc()
                         : std::isfinite(added.number());
    return true;
  }

  bool open(Type type) {
    const Span span = scanner_.value();
    if (!starts_value(span)) return false;
    growth_.open(type, key_here(), span.begin);
    keep_key();
    if (growth_.depth() <= limits::depth) return true;
    found_.push_back({Code::J003,
                      "nested deeper than " + std::to_string(limits::depth) + " levels",
                      {},
                      {last().span, {}},
                      {},
                      {},
                      {},
                      {}});
    return false;
  }

  bool close() {
    growth_.close(scanner_.value().end);
    return true;
  }

  // Whether what is between the quotes is not the text itself.
  bool has_escapes(Span span) const {
    return source_.slice({span.begin + 1, span.end - 1}).find('\\') != std::string_view::npos;
  }
  std::string_view keep(std::string& text) { return tree_.decoded_.emplace_back(std::move(text)); }

  // What most specs are: no escape, no key twice, nothing that has to be told.
  bool read_plain() {
    if (PlainReader(growth_, source_.bytes()).read(source_.line_start(1))) return true;
    tree_.nodes_.clear();
    return false;
  }

  void report_duplicates(const Node& parent) {
    constexpr std::size_t kSmall = 24;  // below that comparing all pairs is cheaper than hashing
    std::unordered_map<std::string_view, const Node*> seen;
    for (const Node* member = tree_.first(parent); member; member = tree_.next(*member)) {
      const Node* former = nullptr;
      if (parent.count <= kSmall) {
        former = tree_.find(parent, member->key());
        if (former == member) former = nullptr;
      } else if (const auto [place, added] = seen.emplace(member->key(), member); !added) {
        former = place->second;
      }
      if (!former) continue;
      if (found_.size() >= limits::findings) {
        ++tree_.left_out_;
        continue;
      }
      Finding finding{Code::J005, "the key " + in_backticks(member->key()) + " stands twice in one object",
                      {},         key_place(*member),
                      {},         {},
                      {},         {}};
      finding.related.push_back({{}, key_place(*former), "first written here"});
      found_.push_back(std::move(finding));
    }
  }

  Location key_place(const Node& member) const { return {member.key_span, tree_.pointer(member)}; }

  bool fail(Span span, std::string message) {
    found_.push_back({Code::J001, std::move(message), {}, {span, {}}, {}, {}, {}, {}});
    return false;
  }

  std::string named(Span token) const {
    if (token.begin >= token.end) return "the end of the file";
    const std::string_view text = source_.slice(token);
    if (text.front() == '"') return "the string " + in_backticks(text);
    const auto byte = static_cast<unsigned char>(text.front());
    return byte < 0x20 || byte == 0x7f ? hex(text.front()) : in_backticks(text);
  }

  // `position` counts the bytes that nlohmann had read. What was expected follows from the token
  // before the one at fault.
  bool explain(std::size_t position, const std::string& what) {
    const std::string_view bytes = text_;
    const std::size_t behind = scanner_.at();
    // "last read" is in the message only where a token could not be read at all; a token that can be
    // read, but not here, ends exactly at the position.
    const bool unreadable = what.find("; last read") != std::string::npos;
    const auto is_fault = [&](Span token) {
      if (token.begin >= token.end) return true;
      const bool separator = bytes[token.begin] == ',' || bytes[token.begin] == ':';
      return unreadable ? !separator : token.end >= position;
    };
    Span before{behind, behind};
    bool first = true;
    Span token = scanner_.token();
    for (; !is_fault(token); token = scanner_.token()) {
      before = token;
      first = false;
    }
    if (unreadable && explain_unreadable(token, position, bytes)) return false;

    const std::string found = ", found " + named(token);
    // The end of the file is shown behind the last token, where the missing part would stand.
    const bool at_end = token.begin >= token.end;
    const Span place = at_end ? Span{first ? behind : before.end, first ? behind : before.end} : token;
    if (!growth_.is_open() && tree_.nodes_.empty())
      return fail(at_end ? Span{0, 0} : place,
                  at_end ? "the file holds no JSON value" : "expected a JSON value" + found);
    if (!growth_.is_open()) return fail(place, "expected the end of the file" + found);
    const Node& container = growth_.container();
    const bool in_object = container.type == Type::object;
    const std::string closing = in_object ? "`}`" : "`]`";
    const char former = first ? '\0' : bytes[before.begin];
    const bool key_last = in_object && key_span_.end == behind && key_span_.begin > container.span.begin;
    Finding finding{Code::J001, {}, {}, {place, {}}, {}, {}, {}, {}};
    const bool closes = !at_end && (bytes[token.begin] == '}' || bytes[token.begin] == ']');
    if (former == ',' && closes) {
      finding.message = "a comma stands before the closing `" + std::string(1, bytes[token.begin]) + "`";
      finding.where.span = before;
    } else if (former == ',') {
      finding.message =
          (in_object ? "expected a key in double quotes after `,`" : "expected a value after `,`") + found;
    } else if (former == ':') {
      finding.message = "expected a value after `:`" + found;
    } else if (key_last) {
      finding.message = "expected `:` after the key" + found;
    } else if (container.first < 0) {
      finding.message =
          (in_object ? "expected a key in double quotes or `}`" : "expected a value or `]`") + found;
    } else {
      finding.message = "expected `,` or " + closing + " after the value" + found;
    }
    if (at_end)
      finding.related.push_back(
          {{}, {container.span, tree_.pointer(container)}, "opened here and never closed"});
    if (in_object) offer_quotes(finding, place.begin, former == ':');
    found_.push_back(std::move(finding));
    return false;
  }

  // For a key without quotes, as JavaScript and YAML have it, and the name of a class: `nn.Conv2d`.
  void offer_quotes(Finding& finding, std::size_t begin, bool value) const {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    std::size_t end = begin;
    while (end < text_.size() &&
           (letter(text_[end]) ||
            (end > begin && (text_[end] == '.' || (text_[end] >= '0' && text_[end] <= '9')))))
      ++end;
    const std::string word(text_.substr(begin, end - begin));
    if (word.empty() || word == "NaN" || word == "Infinity") return;
    const std::size_t next = std::min(text_.find_first_not_of(" \t", end), text_.size());
    const bool of_class = word.find('.') != std::string::npos || (word[0] >= 'A' && word[0] <= 'Z');
    if (value ? of_class && text_.find_first_of(",}\r\n", next) == next : text_.substr(next).starts_with(":"))
      offer_text(finding, {begin, end}, "\"" + word + "\"", "write \"" + word + "\"");
  }

  // What is wrong within a token; false where the token is simply none of JSON.
  bool explain_unreadable(Span token, std::size_t position, std::string_view bytes) {
    if (token.begin >= token.end) return false;
    const auto report = [&](Span span, std::string message) { return !fail(span, std::move(message)); };
    const std::size_t offending = position == 0 ? 0 : position - 1;
    switch (bytes[token.begin]) {
      case '"': {
        if (offending >= bytes.size())
          return report({token.begin, token.begin + 1}, "a string without its closing quote");
        const char byte = bytes[offending];
        if (byte == '\n' || byte == '\r')
          return report({token.begin, offending}, "a string that does not end on its line");
        if (static_cast<unsigned char>(byte) < 0x20)
          return report({offending, offending + 1},
                        hex(byte) + " cannot stand in a string: write it as an escape");
        return report(token, "a string with an escape that JSON does not know");
      }
      case '/':
        return bytes.substr(token.begin).starts_with("/*") && report(token, "a comment that is not closed");
      case '\'':
        return report(token, "JSON strings stand in double quotes, not in single ones");
      case '-':
      case '0':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9':
        return report({token.begin, std::max(token.end, std::min(position, bytes.size()))},
                      "a number that JSON cannot read");
      default:
        return false;
    }
  }

  Tree& tree_;
  Growth growth_{tree_};
  const Source& source_;
  std::string_view text_;  // what is read: the source, or what it was mended to
  Mended mended_;
  std::vector<Finding>& findings_;
  std::vector<Finding> found_;
  Scanner scanner_;
  std::string_view key_;
  Span key_span_;
  bool overflow_ = false;
};

namespace {

void read_text(const Source& source, Tree& tree, std::vector<Finding>& findings) {
  const std::string& bytes = source.bytes();
  const auto stop = [&](Code code, std::string message, Span span) {
    findings.push_back({code, std::move(message), {}, {span, {}}, {}, {}, {}, {}});
  };
  const std::size_t bad = bytes.size() > limits::file_bytes ? std::string::npos : source.first_invalid_utf8();
  if (bytes.size() > limits::file_bytes) {
    stop(Code::J004,
         "the file has " + std::to_string(bytes.size()) + " bytes, more than the limit of " +
             std::to_string(limits::file_bytes),
         {0, 0});
  } else if (bad != std::string::npos) {
    stop(Code::J002, hex(bytes[bad]) + " at offset " + std::to_string(bad) + " is not UTF-8", {bad, bad + 1});
  } else if (bytes.find_first_not_of(" \t\r\n", source.line_start(1)) == std::string::npos) {
    stop(Code::J001, "the file is empty", {0, 0});
  } else {
    Builder(tree, source, findings).build();
  }
}

}  // namespace

Document::Document(const Source& source, std::vector<Finding>& findings) : bytes_(source.bytes()) {
  if (const auto made = std::dynamic_pointer_cast<const MadeTree>(source.made())) {
    tree_ = {made, &made->tree};
  } else {
    const auto tree = std::make_shared<Tree>();
    tree->bytes_ = source.bytes();
    read_text(source, *tree, findings);
    tree_ = tree;
  }
  nodes_ = tree_->nodes_.data();
  size_ = tree_->nodes_.size();
}

namespace {

template <class Nodes>
const Node* found(const Nodes& nodes, const Node& object, std::string_view key) {
  for (const Node* member = nodes.first(object); member; member = nodes.next(*member))
    if (member->is_called(key)) return member;
  return nullptr;
}

}  // namespace

const Node* Tree::find(const Node& object, std::string_view key) const { return found(*this, object, key); }
const Node* Document::find(const Node& object, std::string_view key) const {
  return found(*this, object, key);
}

bool Node::flag() const {
  if (type != Type::boolean) return false;
  const char letter = home_->bytes_[span.begin];
  return letter == 't' || letter == 'T';  // a slip that was read as JSON has it
}

std::int64_t Node::integer() const {
  constexpr std::size_t surely = 18;  // digits that 64 bits hold
  std::int64_t value = 0;
  if (type != Type::number || !integral) return 0;
  const std::string_view digits = text();
  if (digits.size() <= surely) {
    const bool negative = digits.starts_with('-');
    for (std::size_t i = negative ? 1 : 0; i < digits.size() && digits[i] >= '0' && digits[i] <= '9'; ++i)
      value = value * 10 + (digits[i] - '0');
    return negative ? -value : value;
  }
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

double Node::number() const {
  if (type != Type::number) return 0;
  if (integral && in_range) return static_cast<double>(integer());
  double value = 0;
  const std::string_view digits = text();
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec ==
      std::errc::result_out_of_range)
    return beyond_double(digits) ? std::numeric_limits<double>::infinity() : 0;
  return value;
}

Copied& Document::copy(const Node& node) {
  Copied& copy = copies_.emplace_back();
  static_cast<Node&>(copy) = node;
  copy.copied_ = true;
  copy.from = node.copied_ ? node.origin() : static_cast<int>(&node - nodes_);
  copy.names = node.scope();
  if (node.text_kept_) copy.own_text = node.text();
  if (node.key_kept_) copy.own_key = node.key();
  return copy;
}

Copied& Document::copy(const Node& node, const std::vector<const Node*>& children) {
  Copied& parent = copy(node);
  parent.first = -1;
  int* link = &parent.first;
  for (const Node* child : children) {
    *link = static_cast<int>(size_ + copies_.size());
    Node& added = copy(*child);
    added.next = -1;
    link = &added.next;
  }
  return parent;
}

void Document::set_key(Copied& node, const Node& like) {
  node.key_span = like.key_span;
  node.word = like.word;
  node.key_kept_ = like.key_kept_;
  if (like.key_kept_) node.own_key = like.key();
}

void Document::set_text(Copied& node, std::string text) {
  node.text_kept_ = true;
  node.own_text = texts_.emplace_back(std::move(text));
}

void Document::set_number(Copied& node, std::int64_t number) {
  node.type = Type::number;
  node.integral = node.in_range = true;
  set_text(node, std::to_string(number));
}

namespace {

void append_key(std::string_view key, std::string& text) {
  text += '/';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] != '~' && key[i] != '/') continue;
    text.append(key, copied, i - copied);
    text += key[i] == '~' ? "~0" : "~1";
    copied = i + 1;
  }
  text.append(key, copied);
}

}  // namespace

void Tree::append_pointer(const Node& node, std::string& text) const {
  if (node.parent < 0) return;
  const Node& parent = *at(node.parent);
  append_pointer(parent, text);
  if (parent.type != Type::object) {
    char digits[21] = {'/'};
    text.append(digits, std::to_chars(digits + 1, digits + sizeof digits, node.index).ptr);
    return;
  }
  append_key(node.key(), text);
}

std::string Tree::pointer(const Node& node) const {
  std::string text;
  append_pointer(node, text);
  return text;
}

std::string Document::pointer(const Node& node) const {
  return tree_->pointer(!node.copied_ ? node : *at(node.origin()));
}

// The list of the spec that the node is an entry of.
SpecList Document::spec_list(const Node& node) const {
  const Node* list = parent(node);
  if (list == nullptr || list->parent != 0 || list->type != Type::array) return SpecList::none;
  for (const SpecList known : {SpecList::layers, SpecList::encoder, SpecList::decoder})
    if (list->is_called(spec_list_names[static_cast<std::size_t>(known)])) return known;
  return SpecList::none;
}

Pointer Document::place(const Node& node) const {
  if (!node.copied_)
    if (const SpecList list = spec_list(node); list != SpecList::none) return {list, node.index};
  return pointer(node);
}

Location Document::value(const Node& member, const Location& object, std::string_view key) const {
  // A copy may stand elsewhere; another word for an option is not the option's.
  if (member.copied_ || !member.is_called(key)) return value(member);
  return {member.span, Pointer(object.pointer, key.data())};
}

}  // namespace shapedbg::json
