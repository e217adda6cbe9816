// A text that was made here and the tree that came with it: that the tree is what reading the text gives.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "read/json/json.h"

namespace shapedbg {

inline void expect_same_node(const json::Document& a, const json::Node& x, const json::Document& b,
                             const json::Node& y) {
  ASSERT_EQ(x.type, y.type) << a.pointer(x);
  EXPECT_EQ(a.pointer(x), b.pointer(y));
  EXPECT_EQ(x.key(), y.key());
  EXPECT_EQ(x.text(), y.text());
  EXPECT_EQ(x.flag(), y.flag());
  EXPECT_EQ(x.number(), y.number());
  EXPECT_EQ(x.integral, y.integral);
  EXPECT_EQ(x.in_range, y.in_range);
  EXPECT_EQ(Span(x.span), Span(y.span)) << a.pointer(x);
  EXPECT_EQ(Span(x.key_span), Span(y.key_span)) << a.pointer(x);
  EXPECT_EQ(x.index, y.index);
  ASSERT_EQ(x.count, y.count) << a.pointer(x);
  const json::Node* other = b.first(y);
  for (const json::Node* child = a.first(x); child != nullptr; child = a.next(*child), other = b.next(*other))
    expect_same_node(a, *child, b, *other);
}

// Whether the text came with a tree at all.
inline bool expect_same_tree(const std::shared_ptr<const MadeText>& made) {
  const Source with = Source::of("made", made);
  const Source without("read", made->bytes);
  std::vector<Finding> of_made;
  std::vector<Finding> of_text;
  const json::Document a(with, of_made);
  const json::Document b(without, of_text);
  EXPECT_EQ(of_made.size(), of_text.size());
  EXPECT_EQ(a.empty(), b.empty());
  if (!a.empty() && !b.empty()) expect_same_node(a, a.root(), b, b.root());
  return std::dynamic_pointer_cast<const json::MadeTree>(made) != nullptr;
}

}  // namespace shapedbg
