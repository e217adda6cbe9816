// Recordings written by hand: tensors and calls, one line of JSON each, and the spec that is made of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "infer/infer.h"
#include "read/aten/program.h"
#include "read/calls/calls.h"
#include "read/json/parse.h"
#include "read/same_tree.h"

namespace shapedbg::recorded {

inline std::string list(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "[" + text + "]";
}

inline std::string tensor(int id, const std::string& role, const Shape& shape,
                          const std::string& dtype = "float32") {
  return R"({"tensor": )" + std::to_string(id) + R"(, "role": ")" + role + R"(", "name": "t)" +
         std::to_string(id) + R"(", "shape": )" + list(shape) + R"(, "dtype": ")" + dtype + "\"}\n";
}

inline std::string made(int id, const Shape& shape, const std::string& dtype = "float32") {
  return R"({"t": )" + std::to_string(id) + R"(, "shape": )" + list(shape) + R"(, "dtype": ")" + dtype +
         "\"}";
}

inline std::string call(const std::string& op, const std::string& arguments, const std::string& out) {
  return R"({"call": ")" + op + R"(", "args": [)" + arguments + R"(], "out": [)" + out + "]}\n";
}

// A run of a program whose last call returns the tensor `result`.
inline std::string run(int number, const std::string& lines, int result) {
  return R"({"run": )" + std::to_string(number) + R"(, "name": "M", "torch": "2.13.0"})" + "\n" + lines +
         R"({"output": {"t": )" + std::to_string(result) + "}}\n";
}

struct Read {
  Spec spec;
  std::string text;
  std::size_t custom = 0;

  std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(
        std::count_if(spec.layers.begin(), spec.layers.end(),
                      [&](const LayerSpec& layer) { return layer.info().name == kind; }));
  }
  Shape returned(const std::vector<Shape>& inputs) const {
    const Trace trace = infer(spec, inputs);
    return trace.layers.empty() || trace.layers.back().outputs.empty() ? Shape{-1}
                                                                       : trace.layers.back().outputs[0];
  }
};

inline Read read(const std::string& lines) {
  const calls::Recorded read = calls::read_calls(lines);
  EXPECT_EQ(read.error, "") << lines;
  const Imported imported =
      aten::imported(aten::map_program(read.runs.at(0), read.runs.size() > 1 ? &read.runs[1] : nullptr));
  expect_same_tree(imported.made);
  Parsed parsed = parse(Source("recorded", imported.spec()));
  for (const Finding& finding : parsed.findings) ADD_FAILURE() << finding.message << "\n" << imported.spec();
  return {std::move(parsed.spec), imported.spec(), imported.custom};
}

}  // namespace shapedbg::recorded
