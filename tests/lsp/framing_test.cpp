#include "lsp/framing.h"

#include <gtest/gtest.h>

#include <sstream>

namespace shapedbg::lsp {
namespace {

TEST(Framing, ReadsMessageAfterMessage) {
  std::istringstream in(framed("{}") + "content-LENGTH:  3 \r\nContent-Type: x\r\n\r\n[1]");
  Framed next = read_message(in);
  EXPECT_EQ(next.frame, Frame::message);
  EXPECT_EQ(next.text, "{}");
  next = read_message(in);
  EXPECT_EQ(next.frame, Frame::message);
  EXPECT_EQ(next.text, "[1]");
  EXPECT_EQ(read_message(in).frame, Frame::end);
}

TEST(Framing, WhatIsMalformedIsSaidAndTheNextMessageIsRead) {
  std::istringstream in("Content-Type: x\r\n\r\n" + ("Content-Length: many\r\n\r\n" + framed("[]")) +
                        "nonsense\r\nContent-Length: 2\r\n\r\n{}" + framed("[2]"));
  EXPECT_EQ(read_message(in).text, "a message without Content-Length");
  EXPECT_EQ(read_message(in).text, "Content-Length is no number");
  EXPECT_EQ(read_message(in).text, "[]");
  const Framed next = read_message(in);
  EXPECT_EQ(next.frame, Frame::malformed);
  EXPECT_EQ(next.text, "a header line without a colon");
  EXPECT_EQ(read_message(in).text, "[2]");
}

TEST(Framing, ALongBodyIsSkipped) {
  const std::string body(longest_message + 1, ' ');
  std::istringstream in(framed(body) + framed("{}"));
  EXPECT_EQ(read_message(in).frame, Frame::malformed);
  EXPECT_EQ(read_message(in).text, "{}");
}

TEST(Framing, ABodyThatEndsEarlyEndsAll) {
  std::istringstream in("Content-Length: 10\r\n\r\n{}");
  EXPECT_EQ(read_message(in).frame, Frame::end);
}

TEST(Framing, AHeaderWithoutEndIsBounded) {
  std::istringstream in(std::string(longest_header + 10, 'x'));
  const Framed next = read_message(in);
  EXPECT_EQ(next.frame, Frame::end);
  EXPECT_EQ(next.text, "the header of a message is too long");
  std::istringstream huge("Content-Length: 99999999999\r\n\r\n");
  EXPECT_EQ(read_message(huge).frame, Frame::end);
}

}  // namespace
}  // namespace shapedbg::lsp
