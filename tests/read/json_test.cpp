#include "read/json/json.h"
#include "net/spec.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace shapedbg::json {
namespace {

std::string slice_at(const Source& source, const Node& node) { return std::string(source.slice(node.span)); }

TEST(Json, KnowsTheBytesOfEveryKeyAndValue) {
  const Source source("f",
                      "{ // head\n  \"a\" : [1, -2.5e3 , true,\"x\\n\"], /* c */ \"b~/\": {\"c\": null}\n}");
  std::vector<Finding> findings;
  const Document document(source, findings);
  ASSERT_TRUE(findings.empty());
  const Node* a = document.find(document.root(), "a");
  ASSERT_TRUE(a);
  EXPECT_EQ(source.slice(a->key_span), "\"a\"");
  EXPECT_EQ(slice_at(source, *a), "[1, -2.5e3 , true,\"x\\n\"]");
  EXPECT_EQ(source.slice(document.member(*a).span), "\"a\" : [1, -2.5e3 , true,\"x\\n\"]");
  std::vector<std::string> entries;
  for (const Node* n = document.first(*a); n; n = document.next(*n)) entries.push_back(slice_at(source, *n));
  EXPECT_EQ(entries, (std::vector<std::string>{"1", "-2.5e3", "true", "\"x\\n\""}));
  const Node* b = document.find(document.root(), "b~/");
  ASSERT_TRUE(b);
  const Node* c = document.find(*b, "c");
  ASSERT_TRUE(c);
  EXPECT_EQ(document.pointer(*c), "/b~0~1/c");
  EXPECT_EQ(document.pointer(*document.first(*a)), "/a/0");
  EXPECT_EQ(document.pointer(document.root()), "");
  EXPECT_EQ(slice_at(source, document.root()), source.bytes().substr(0));
}

TEST(Json, NumbersBeyondSixtyFourBitsAreMarked) {
  const Source source(
      "f",
      "[9223372036854775807, 9223372036854775808, -9223372036854775809, 1e400, -1e-400, 3.0, 1e2, 0.0e9999]");
  std::vector<Finding> findings;
  const Document document(source, findings);
  ASSERT_TRUE(findings.empty());
  std::vector<std::pair<bool, bool>> seen;
  for (const Node* n = document.first(document.root()); n; n = document.next(*n))
    seen.emplace_back(n->integral, n->in_range);
  EXPECT_EQ(seen, (std::vector<std::pair<bool, bool>>{{true, true},
                                                      {true, false},
                                                      {true, false},
                                                      {false, false},
                                                      {false, true},
                                                      {false, true},
                                                      {false, true},
                                                      {false, true}}));
  EXPECT_EQ(document.first(document.root())->integer(), INT64_MAX);
}

// A random value, written with random blanks and comments around every token, with nlohmann's value
// and the place of each part noted while it is written.
class Writer {
 public:
  explicit Writer(unsigned seed) : random_(seed) {}
  std::string text;

  nlohmann::json value(int depth) {
    blank();
    const unsigned pick = random_() % (depth > 4 ? 6 : 9);
    const std::size_t begin = text.size();
    nlohmann::json json;
    if (pick == 0) put("null", json = nullptr);
    if (pick == 1)
      put(random_() % 2 ? "true" : "false", json), json = text.back() == 'e' && text[text.size() - 2] == 'u';
    if (pick == 2 || pick == 3) json = number();
    if (pick == 4 || pick == 5) json = string();
    if (pick >= 6) json = pick == 6 ? object(depth) : array(depth);
    spans.push_back({begin, text.size()});
    blank();
    return json;
  }
  std::vector<Span> spans;

 private:
  void put(const char* s, const nlohmann::json&) { text += s; }
  void blank() {
    static const std::vector<std::string> blanks{
        "", "", " ", "\n", "\r\n", "\t", "/* \"x\": [1] */", "// {\"y\", \n", "//\r", "/***/", " \r "};
    text += blanks[random_() % blanks.size()];
  }
  nlohmann::json number() {
    static const std::vector<std::string> numbers{"0",   "-0",   "7",      "-12",        "3.5", "-0.25",
                                                  "1e3", "2E-2", "1.5e+2", "2147483648", "0.0"};
    const std::string& n = numbers[random_() % numbers.size()];
    text += n;
    return nlohmann::json::parse(n);
  }
  std::string string() {
    static const std::vector<std::string> parts{"a",  "\\n", "\\\"", "ä", "\\u20ac", "\\\\",           "//",
                                                "/*", "{",   "]",    ",", ":",       "\\ud83d\\ude00", " "};
    std::string raw = "\"";
    for (unsigned i = random_() % 5; i > 0; --i) raw += parts[random_() % parts.size()];
    raw += "\"";
    text += raw;
    return nlohmann::json::parse(raw).get<std::string>();
  }
  nlohmann::json object(int depth) {
    nlohmann::json json = nlohmann::json::object();
    text += "{";
    for (unsigned i = 0, n = random_() % 4; i < n; ++i) {
      if (i > 0) text += ",";
      blank();
      const std::string key = "k" + std::to_string(i);
      text += "\"" + key + "\"";
      blank();
      text += ":";
      json[key] = value(depth + 1);
    }
    if (json.empty()) blank();
    text += "}";
    return json;
  }
  nlohmann::json array(int depth) {
    nlohmann::json json = nlohmann::json::array();
    text += "[";
    for (unsigned i = 0, n = random_() % 4; i < n; ++i) {
      if (i > 0) text += ",";
      json.push_back(value(depth + 1));
    }
    text += "]";
    return json;
  }
  std::mt19937 random_;
};

// The tree says the same as nlohmann, and the bytes of every node read alone give that node again.
void expect_same(const Source& source, const Document& document, const Node& node,
                 const nlohmann::json& json) {
  const nlohmann::json alone = nlohmann::json::parse(source.slice(node.span), nullptr, true, true);
  ASSERT_EQ(alone, json) << source.bytes();
  switch (node.type) {
    case Type::null:
      ASSERT_TRUE(json.is_null());
      break;
    case Type::boolean:
      ASSERT_EQ(json, nlohmann::json(node.flag()));
      break;
    case Type::number:
      ASSERT_TRUE(json.is_number());
      ASSERT_EQ(node.integral, json.is_number_integer());
      ASSERT_EQ(node.number(), json.get<double>());
      break;
    case Type::string:
      ASSERT_EQ(json, nlohmann::json(std::string(node.text())));
      break;
    case Type::array: {
      ASSERT_EQ(node.count, json.size());
      std::size_t i = 0;
      for (const Node* n = document.first(node); n; n = document.next(*n))
        expect_same(source, document, *n, json[i++]);
      break;
    }
    case Type::object:
      ASSERT_EQ(node.count, json.size());
      for (const Node* n = document.first(node); n; n = document.next(*n)) {
        ASSERT_EQ(source.slice(n->key_span), "\"" + std::string(n->key()) + "\"");
        expect_same(source, document, *n, json.at(std::string(n->key())));
      }
      break;
  }
}

void collect(const Document& document, const Node& node, std::vector<Span>& spans) {
  for (const Node* n = document.first(node); n; n = document.next(*n)) collect(document, *n, spans);
  spans.push_back(node.span);
}

TEST(Json, EverySpanIsExactInRandomDocuments) {
  std::size_t values = 0;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    Writer writer(seed);
    const nlohmann::json json = writer.value(0);
    const Source source("f", (seed % 5 == 0 ? "\xEF\xBB\xBF" : "") + writer.text);
    std::vector<Finding> findings;
    const Document document(source, findings);
    ASSERT_TRUE(findings.empty()) << source.bytes() << "\n" << findings[0].message;
    expect_same(source, document, document.root(), json);
    std::vector<Span> spans;
    collect(document, document.root(), spans);
    const std::size_t shift = seed % 5 == 0 ? 3 : 0;
    for (Span& span : writer.spans) span = {span.begin + shift, span.end + shift};
    ASSERT_EQ(spans, writer.spans) << source.bytes();
    values += spans.size();
  }
  EXPECT_GT(values, 10'000u);
}

void expect_one_tree(const Document& a, const Node& x, const Document& b, const Node& y) {
  ASSERT_EQ(x.type, y.type);
  ASSERT_EQ(Span(x.span), Span(y.span));
  ASSERT_EQ(Span(x.key_span), Span(y.key_span));
  ASSERT_EQ(x.key(), y.key());
  ASSERT_EQ(x.flag(), y.flag());
  ASSERT_EQ(std::tuple(x.integral, x.in_range, x.integer(), x.number()),
            std::tuple(y.integral, y.in_range, y.integer(), y.number()));
  ASSERT_EQ(std::tuple(x.parent, x.first, x.next, x.count, x.index),
            std::tuple(y.parent, y.first, y.next, y.count, y.index));
  ASSERT_EQ(a.pointer(x), b.pointer(y));
  const Node* of_b = b.first(y);
  for (const Node* of_a = a.first(x); of_a; of_a = a.next(*of_a), of_b = b.next(*of_b)) {
    ASSERT_TRUE(of_b);
    expect_one_tree(a, *of_a, b, *of_b);
  }
  ASSERT_FALSE(of_b);
  if (x.text() != "aaaaaa") {
    ASSERT_EQ(x.text(), y.text());
  }
}

// One escape sends the whole text the long way. What both make of the rest is the same.
TEST(Json, TheFastReaderAndTheOtherOneBuildTheSameTree) {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    Writer writer(seed);
    writer.value(0);
    const Source plain("f", "[" + writer.text + ", \"aaaaaa\"]");
    const Source escaped("f", "[" + writer.text + ", \"\\u0061\"]");
    std::vector<Finding> findings;
    const Document a(plain, findings);
    const Document b(escaped, findings);
    ASSERT_TRUE(findings.empty()) << plain.bytes();
    expect_one_tree(a, a.root(), b, b.root());
  }
}

// Whether a number is beyond double: nlohmann takes none, the tree marks it.
bool holds_overflow(const Document& document, const Node& node) {
  if (node.type == Type::number && std::isinf(node.number())) return true;
  for (const Node* n = document.first(node); n; n = document.next(*n))
    if (holds_overflow(document, *n)) return true;
  return false;
}

// A byte changed, put in or left out: what is no JSON is found, and told, whichever reader met it first.
TEST(Json, TheFastReaderTakesNothingThatIsNoJson) {
  std::mt19937 random(7);
  const std::string some = "{}[],:\"/*0-.eE1tfn \\\n\x01\x7f";
  for (unsigned seed = 0; seed < 6000; ++seed) {
    Writer writer(seed);
    writer.value(0);
    std::string bytes = writer.text;
    if (bytes.empty()) continue;
    const std::size_t at = random() % bytes.size();
    const char with = some[random() % some.size()];
    const unsigned how = random() % 3;
    if (how == 0) bytes[at] = with;
    if (how == 1) bytes.insert(at, 1, with);
    if (how == 2) bytes.erase(at, 1);
    const nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false, true);
    std::vector<Finding> findings;
    const Source source("f", bytes);
    const Document document(source, findings);
    if (json.is_discarded()) {
      ASSERT_TRUE(!findings.empty() || holds_overflow(document, document.root())) << bytes;
    } else if (!document.empty() && findings.empty()) {
      expect_same(source, document, document.root(), json);
    }
  }
}

struct Bad {
  const char* bytes;
  const char* place;  // line:column of where the finding starts
  const char* code;
  const char* message;
};

TEST(Json, SaysWhatIsWrongAndWhere) {
  const std::vector<Bad> cases{
      {"", "1:1", "J001", "the file is empty"},
      {" \r\n\t", "1:1", "J001", "the file is empty"},
      {"// only a comment\n", "1:1", "J001", "the file holds no JSON value"},
      {"{\"a\": 1,}", "1:8", "J001", "a comma stands before the closing `}`"},
      {"[1,\n]", "1:3", "J001", "a comma stands before the closing `]`"},
      {"[1,,2]", "1:4", "J001", "expected a value after `,`, found `,`"},
      {"{\"a\" 1}", "1:6", "J001", "expected `:` after the key, found `1`"},
      {"{a: 1}", "1:2", "J001", "expected a key in double quotes or `}`, found `a`"},
      {"{\"a\": 1, b: 2}", "1:10", "J001", "expected a key in double quotes after `,`, found `b`"},
      {"{'a': 1}", "1:2", "J001", "JSON strings stand in double quotes, not in single ones"},
      {"{\"a\": tru}", "1:7", "J001", "expected a value after `:`, found `tru`"},
      {"{\"a\": NaN}", "1:7", "J001", "expected a value after `:`, found `NaN`"},
      {"{\n  \"a\": 1\n  \"b\": 2\n}", "3:3", "J001",
       "expected `,` or `}` after the value, found the string `\"b\"`"},
      {"[1 2]", "1:4", "J001", "expected `,` or `]` after the value, found `2`"},
      {"{\"a\": 1]", "1:8", "J001", "expected `,` or `}` after the value, found `]`"},
      {"{\"a\": 01}", "1:8", "J001", "expected `,` or `}` after the value, found `1`"},
      {"{\"a\": 1.}", "1:7", "J001", "a number that JSON cannot read"},
      {"{\"a\": -}", "1:7", "J001", "a number that JSON cannot read"},
      {"{} x", "1:4", "J001", "expected the end of the file, found `x`"},
      {"{}}", "1:3", "J001", "expected the end of the file, found `}`"},
      {"{\"a\": \"x\ny\"}", "1:7", "J001", "a string that does not end on its line"},
      {"{\"a\": \"x\ty\"}", "1:9", "J001", "the byte 0x09 cannot stand in a string: write it as an escape"},
      {"{\"a\": \"\\q\"}", "1:7", "J001", "a string with an escape that JSON does not know"},
      {"{\"a\": \"x", "1:7", "J001", "a string without its closing quote"},
      {"{ /* a", "1:3", "J001", "a comment that is not closed"},
      {"{\"a\": [1, 2\n\n", "1:12", "J001", "expected `,` or `]` after the value, found the end of the file"},
      {"{\"a\":\n", "1:6", "J001", "expected a value after `:`, found the end of the file"},
      {"{\"a\"", "1:5", "J001", "expected `:` after the key, found the end of the file"},
      {"{\"a\": 1e999,}", "1:12", "J001", "a comma stands before the closing `}`"},
      {"{\"ä\": \"\xFF\"}", "1:8", "J002", "the byte 0xff at offset 8 is not UTF-8"},
      {"{\"a\": 1, \"b\": 2, \"a\": 3}", "1:18", "J005", "the key `a` stands twice in one object"},
  };
  for (const Bad& bad : cases) {
    const Source source("f", bad.bytes);
    std::vector<Finding> findings;
    const Document document(source, findings);
    ASSERT_EQ(findings.size(), 1u) << bad.bytes;
    const Position at = source.position(findings[0].where.span.begin);
    EXPECT_EQ(std::to_string(at.line) + ":" + std::to_string(at.column), bad.place) << bad.bytes;
    EXPECT_EQ(info(findings[0].code).id, bad.code) << bad.bytes;
    EXPECT_EQ(findings[0].message, bad.message) << bad.bytes;
  }
}

TEST(Json, ANulByteIsNotTheEnd) {
  const Source source("f", std::string("{}\0 {", 5));
  std::vector<Finding> findings;
  EXPECT_TRUE(Document(source, findings).empty());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].message, "expected the end of the file, found the byte 0x00");
  EXPECT_EQ(findings[0].where.span, (Span{2, 3}));
}

TEST(Json, EveryTruncationOfADocumentIsAnError) {
  const std::string whole = "{\"a\": [1, -2.5, {\"b\": \"x\\u0041\"}], \"c\": null, // c\n \"d\": true}";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Source source("f", whole.substr(0, length));
    std::vector<Finding> findings;
    EXPECT_TRUE(Document(source, findings).empty()) << source.bytes();
    ASSERT_EQ(findings.size(), 1u) << source.bytes();
    EXPECT_EQ(findings[0].code, Code::J001);
    EXPECT_LE(findings[0].where.span.end, length);
  }
}

TEST(Json, EveryDuplicateNamesTheFirst) {
  for (const std::size_t padding : {std::size_t{0}, std::size_t{40}}) {  // small objects and hashed ones
    std::string bytes = "{\"a\": 1, \"a\": 2, \"\\u0061\": 3";
    for (std::size_t i = 0; i < padding; ++i) bytes += ", \"k" + std::to_string(i) + "\": 0";
    const Source source("f", bytes + "}");
    std::vector<Finding> findings;
    const Document document(source, findings);
    ASSERT_EQ(findings.size(), 2u);
    for (const Finding& finding : findings) {
      EXPECT_EQ(finding.code, Code::J005);
      ASSERT_EQ(finding.related.size(), 1u);
      EXPECT_EQ(finding.related[0].where.span, (Span{1, 4}));
      EXPECT_EQ(finding.where.pointer, "/a");
    }
    EXPECT_EQ(document.find(document.root(), "a")->integer(), 1) << "the first one stands";
  }
}

TEST(Json, DepthIsBoundedAtTheBracketThatIsTooDeep) {
  for (const char* bracket : {"[", "{\"a\":"}) {
    std::string bytes;
    for (int i = 0; i < 10'000; ++i) bytes += bracket;
    const Source source("f", bytes);
    std::vector<Finding> findings;
    EXPECT_TRUE(Document(source, findings).empty());
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].code, Code::J003);
    EXPECT_EQ(findings[0].where.span.begin, limits::depth * std::string(bracket).size());
  }
  const std::string deep = std::string(limits::depth, '[') + std::string(limits::depth, ']');
  std::vector<Finding> findings;
  EXPECT_FALSE(Document(Source("f", deep), findings).empty());
}

TEST(Json, FilesBeyondTheLimitAreNotRead) {
  const Source source("f", std::string(limits::file_bytes + 1, '['));
  std::vector<Finding> findings;
  EXPECT_TRUE(Document(source, findings).empty());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, Code::J004);
}

// The tree of a text as nlohmann has it; discarded where it is none.
nlohmann::json tree(const Document& document, const Node& node) {
  nlohmann::json value;
  switch (node.type) {
    case Type::null:
      break;
    case Type::boolean:
      value = node.flag();
      break;
    case Type::number:
      value = node.number();
      break;
    case Type::string:
      value = node.text();
      break;
    case Type::array:
      value = nlohmann::json::array();
      for (const Node* n = document.first(node); n; n = document.next(*n))
        value.push_back(tree(document, *n));
      break;
    case Type::object:
      value = nlohmann::json::object();
      for (const Node* n = document.first(node); n; n = document.next(*n))
        value[std::string(n->key())] = tree(document, *n);
      break;
  }
  return value;
}

// What is taken is what nlohmann takes, and the same tree: positions, slips and limits beside it change
// nothing.
TEST(Json, PlainTextsAreReadAsNlohmannReadsThem) {
  const std::string base =
      R"({"a": [1, -2.5e3, true, false, null, "x y", [], {}], "b": {"c": [[0, 10], -0.5]}, "d": ""})";
  const std::string letters = "{}[],:\"\\ 0123.eE+-tfnull/*\n\t\x01\x7f" + std::string(1, '\0');
  std::mt19937 random(7);
  int taken = 0;
  for (int round = 0; round < 30000; ++round) {
    std::string text = base;
    for (int edit = static_cast<int>(random() % 3); edit >= 0; --edit) {
      const std::size_t at = random() % text.size();
      const char c = letters[random() % letters.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
      }
    }
    const auto expected = nlohmann::json::parse(text, nullptr, false, true);
    const Source source("f", text);
    std::vector<Finding> findings;
    const Document document(source, findings);
    if (!findings.empty()) continue;
    ++taken;
    ASSERT_FALSE(expected.is_discarded()) << text;
    EXPECT_EQ(tree(document, document.root()), expected) << text;
  }
  EXPECT_GT(taken, 2000);
}

}  // namespace
}  // namespace shapedbg::json
