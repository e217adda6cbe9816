// The rules of risk, W5xx: what runs and may all the same not be what its author wants. One rule per
// file, each a function of Spec and Trace; a rule looks only at layers that run.
#pragma once

#include <string>
#include <vector>

#include "diagnose/rules.h"

namespace shapedbg {

// The finished trace of a spec that could be read.
struct RiskView {
  const Spec& spec;
  const Trace& trace;

  // False where the layer or something before it is refused, and where its author ignores `code`.
  bool watches(std::size_t layer, Code code) const;
  const LayerSpec& layer(std::size_t i) const { return spec.layers[i]; }
  const LayerTrace& row(std::size_t i) const { return trace.layers[i]; }
};

// Warnings: said whatever else is wrong.
void silent_broadcast(const RiskView& view, std::vector<Finding>& findings);       // W501
void unused_output(const RiskView& view, std::vector<Finding>& findings);          // W502
void single_value_norm(const RiskView& view, std::vector<Finding>& findings);      // W506
void excess_output_padding(const RiskView& view, std::vector<Finding>& findings);  // W507
void batch_collapse(const RiskView& view, std::vector<Finding>& findings);         // W509
void product_at_rounding(const RiskView& view, std::vector<Finding>& findings);    // W519
void refused_by_python(const RiskView& view, std::vector<Finding>& findings);      // W520
// Notes: said about networks without errors.
void dropped_rows(const RiskView& view, std::vector<Finding>& findings);      // W503
void checkerboard(const RiskView& view, std::vector<Finding>& findings);      // W504
void only_multiples(const RiskView& view, std::vector<Finding>& findings);    // W505
void even_kernel_same(const RiskView& view, std::vector<Finding>& findings);  // W508
void bias_only_border(const RiskView& view, std::vector<Finding>& findings);  // W510

// What rules say that speak once of many layers.
struct RiskPlace {
  std::size_t layer = 0;
  std::string text;  // what stands at the layer: "kernel_size 3, stride 2"
};
// A finding at the first of `places`, the others related; each line of the file once, a few of them.
Finding about(const RiskView& view, Code code, std::string message, const std::vector<RiskPlace>& places);
// "`a`, `b`, `c` and 4 more"
std::string listed(std::vector<std::string> items);
std::string name_list(const RiskView& view, const std::vector<RiskPlace>& places);

}  // namespace shapedbg
