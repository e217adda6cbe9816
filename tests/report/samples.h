// Checked values made by hand: what the renderers get, without parser, engine or rules.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "workspace/check.h"

namespace shapedbg::samples {

// The place of the first `needle` in the source.
inline Location place(const Source& source, std::string_view needle, std::string pointer = {}) {
  const std::size_t begin = source.bytes().find(needle);
  return {{begin, begin + needle.size()}, std::move(pointer)};
}

inline Checked unread(std::string name, std::string error) {
  return {Source(std::move(name), {}), {}, {}, {}, {}, {}, {}, Status::error, std::move(error)};
}

inline Checked only(Source source, Finding finding) {
  return {std::move(source), {}, {}, {}, {}, {}, {std::move(finding)}, Status::findings, {}};
}

inline void add_layer(Checked& checked, std::string name, LayerKind kind, Part part, Shape in, Shape out,
                      Cost cost, RowSource row = RowSource::executed) {
  LayerSpec layer;
  layer.name = std::move(name);
  layer.kind = kind;
  layer.part = part;
  checked.spec.layers.push_back(std::move(layer));
  LayerTrace trace;
  trace.source = row;
  trace.inputs = {std::move(in)};
  if (row != RowSource::unknown) trace.outputs = {std::move(out)};
  checked.trace.layers.push_back(std::move(trace));
  checked.costs.push_back(cost);
}

inline const std::string kSeedText =
    "{\n"
    "  \"name\": \"autoencoder\",\n"
    "  \"input\": [1, 128, 24, 24],\n"
    "  \"encoder\": [\n"
    "    {\"name\": \"down\", \"type\": \"Conv2d\", \"in_channels\": 128, \"out_channels\": 256, "
    "\"kernel_size\": 3, "
    "\"stride\": 2, \"padding\": 1}\n"
    "  ],\n"
    "  \"decoder\": [\n"
    "    {\"name\": \"up\", \"type\": \"ConvTranspose2d\", \"in_channels\": 256, \"out_channels\": 128, "
    "\"kernel_size\": 3, \"stride\": 2, \"padding\": 1}\n"
    "  ]\n"
    "}\n";

// The case it all comes from, as the tool sees it.
inline Checked seed() {
  Checked checked{Source("configs/seed.json", kSeedText), {}, {}, {}, {}, {}, {}, Status::findings, {}};
  checked.spec.name = "autoencoder";
  checked.spec.has_parts = true;
  checked.spec.inputs.push_back({"input", {1, 128, 24, 24}, {}});
  checked.trace.device = "cpu";
  checked.trace.libtorch = "2.13.0";
  add_layer(checked, "down", LayerKind::Conv2d, Part::encoder, {1, 128, 24, 24}, {1, 256, 12, 12},
            {295168, 42467328});
  add_layer(checked, "up", LayerKind::ConvTranspose2d, Part::decoder, {1, 256, 12, 12}, {1, 128, 23, 23},
            {295040, 42467328});
  checked.returned = Shape{1, 128, 23, 23};
  checked.expected = Shape{1, 128, 24, 24};

  Finding finding;
  finding.code = Code::R301;
  finding.message = "the output is 23x23 where 24x24 went in";
  finding.layer = "up";
  finding.where = place(checked.source, "\"name\": \"up\"", "/decoder/0/name");
  finding.label = "(12 - 1)*2 - 2*1 + 1*(3 - 1) + 0 + 1 = 23";
  finding.related.push_back({"down", place(checked.source, "\"name\": \"down\"", "/encoder/0/name"),
                             "maps 23 and 24 alike to 12: the transposed layer cannot know which it was"});
  Fix fix;
  fix.title = "set output_padding to 1 on `up`";
  fix.changes.push_back({"up", "output_padding", "0", "1"});
  const std::size_t end = kSeedText.find("}", kSeedText.find("\"up\""));
  fix.edits.push_back({end, 0, ", \"output_padding\": 1"});
  fix.verified = {"cpu", {1, 128, 24, 24}};
  fix.right_for = "right for even sizes";
  fix.code.python = "self.up = nn.ConvTranspose2d(256, 128, 3, stride=2, padding=1, output_padding=1)";
  fix.code.cpp =
      "up = register_module(\"up\", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(256, 128, 3)"
      ".stride(2).padding(1).output_padding(1)));";
  finding.fixes.push_back(std::move(fix));
  checked.findings.push_back(std::move(finding));
  return checked;
}

// The same network repaired.
inline Checked sound() {
  Checked checked = seed();
  checked.findings.clear();
  checked.status = Status::ok;
  checked.trace.layers[1].outputs = {{1, 128, 24, 24}};
  checked.returned = Shape{1, 128, 24, 24};
  return checked;
}

}  // namespace shapedbg::samples
