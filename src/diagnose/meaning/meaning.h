// The rules of meaning, W511 to W518: what runs, returns the right size, and cannot be meant. One rule per
// file; each turns flaws of the walk (meaning/) into findings.
#pragma once

#include <vector>

#include "diagnose/risks/risks.h"
#include "meaning/meaning.h"

namespace shapedbg {

// What the walk found, causes only: a flaw behind another one is its consequence.
struct MeaningView {
  const RiskView& view;
  const std::vector<Trouble>& troubles;

  // The layer that a trouble is about; of the output the last one.
  std::size_t layer(const Trouble& trouble) const;
};

void scrambled_view(const MeaningView& view, std::vector<Finding>& findings);     // W511
void misread_axis(const MeaningView& view, std::vector<Finding>& findings);       // W512
void crossed_axes(const MeaningView& view, std::vector<Finding>& findings);       // W513
void shifted_merge(const MeaningView& view, std::vector<Finding>& findings);      // W514
void mixed_samples(const MeaningView& view, std::vector<Finding>& findings);      // W515
void repeated_position(const MeaningView& view, std::vector<Finding>& findings);  // W516
void constant_result(const MeaningView& view, std::vector<Finding>& findings);    // W517
void same_twice(const MeaningView& view, std::vector<Finding>& findings);         // W518

// All of them, for a network that runs. At most one walk and one more inference.
void meaning_warnings(const RiskView& view, std::vector<Finding>& findings);

// A finding for each trouble of one of `flaws` on a layer that is watched for `code`: `says` and what is
// wrong there.
void report_flaws(const MeaningView& view, Code code, std::initializer_list<Flaw> flaws,
                  const std::string& says, const std::string& note, std::vector<Finding>& findings);

}  // namespace shapedbg
