// The quick way to read JSON, held against nlohmann: it takes nothing that nlohmann refuses, and says the
// same of what it takes.
#include "read/json/plain.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace shapedbg::json {
namespace {

// Builds the value again from events and their places.
class Rebuilt {
 public:
  explicit Rebuilt(std::string_view bytes) : bytes_(bytes) {}

  bool null(Span span) { return add(text(span)); }
  bool boolean(Span span, bool flag) { return text(span) == (flag ? "true" : "false") && add(text(span)); }
  bool number(Span span) { return add(text(span)); }
  bool string(Span span) { return add(text(span)); }
  bool key(Span span) {
    comma();
    out_ += text(span) + ":";
    behind_key_ = true;
    return true;
  }
  bool start_object(Span) { return begin('{'); }
  bool start_array(Span) { return begin('['); }
  bool end_object(std::size_t end) { return finish(end, '}'); }
  bool end_array(std::size_t end) { return finish(end, ']'); }

  const std::string& out() const { return out_; }

 private:
  std::string text(Span span) const { return std::string(bytes_.substr(span.begin, span.end - span.begin)); }
  void comma() {
    if (!behind_key_ && !out_.empty() && out_.back() != '{' && out_.back() != '[') out_ += ",";
    behind_key_ = false;
  }
  bool add(const std::string& value) {
    comma();
    out_ += value;
    return true;
  }
  bool begin(char bracket) {
    if (++depth_ > 64) return false;
    comma();
    out_ += bracket;
    return true;
  }
  bool finish(std::size_t end, char bracket) {
    --depth_;
    out_ += bracket;
    return bytes_[end - 1] == bracket;
  }

  std::string_view bytes_;
  std::string out_;
  bool behind_key_ = false;
  int depth_ = 0;
};

// Whether it is plain. What is read must be what nlohmann reads.
bool plain(const std::string& bytes) {
  Rebuilt events(bytes);
  if (!PlainReader(bytes, 0, events).run()) return false;
  const auto value = nlohmann::ordered_json::parse(bytes, nullptr, false, true);
  EXPECT_FALSE(value.is_discarded()) << bytes;
  EXPECT_EQ(nlohmann::ordered_json::parse(events.out(), nullptr, false), value) << bytes;
  return true;
}

TEST(Plain, ReadsWhatPeopleWrite) {
  for (const char* text :
       {"{}", "[]", " [1, -2, 0.5, true, false, null, \"a b\"] \n", "{\"a\": {\"b\": [1, {}]}, \"c\": []}",
        "// a line\n{/* a\nblock */\"a\": 1}// the end", "0", "-0", "123456789012345678", "\"\""})
    EXPECT_TRUE(plain(text)) << text;
}

TEST(Plain, LeavesTheRestToNlohmann) {
  for (const char* text : {"",       " ",           "[1,]",      "[1 2]",  "{\"a\" 1}",
                           "{a: 1}", "{\"a\": 1,}", "01",        "1.",     ".5",
                           "+1",     "-",           "1e3",       "1E400",  "1234567890123456789",
                           "nul",    "truex",       "[",         "{",      "]",
                           "\"",     "\"a",         "\"a\\nb\"", "\"\t\"", "/",
                           "/*",     "// only",     "1 1",       "[1] x",  "\"\xc3\xa4\"",
                           "NaN"})
    EXPECT_FALSE(plain(text)) << text;
  EXPECT_FALSE(plain(std::string("1\0", 2)));
  EXPECT_FALSE(plain(std::string("/*\0*/1", 6)));
  EXPECT_FALSE(plain(std::string(70, '[') + std::string(70, ']')));
}

TEST(Plain, TakesNothingThatNlohmannRefuses) {
  const std::vector<std::string> tokens = {"{",       "}",    "[",  "]",   ",",     ":",   "\"a\"",
                                           "\"b c\"", "1",    "-2", "0.5", "01",    "1e2", "true",
                                           "false",   "null", " ",  "\n",  "/*x*/", "//y", "tru"};
  std::mt19937 random(7);
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (std::size_t i = 0, n = random() % 9 + 1; i < n; ++i) text += tokens[random() % tokens.size()];
    taken += plain(text) ? 1 : 0;
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace shapedbg::json
