// What the pages of all commands are made of.
#pragma once

#include <string>
#include <string_view>

#include "workspace/size_report.h"

namespace shapedbg {

// From the doctype to the start of the body: no script, nothing from the network, light and dark.
std::string_view page_head();
std::string_view page_end();

// Markup of `text`, with what stands between backticks as code.
std::string page_sentence(std::string_view text);

// Of each axis its rules and a strip of the sizes around the declared one. Empty where nothing is known.
std::string page_axes(const SizeReport& report, const SizesOptions& options);

}  // namespace shapedbg
