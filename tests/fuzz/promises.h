// What holds whatever the bytes are. Each ends the process where it does not, and says why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "finding/finding.h"
#include "report/report.h"
#include "workspace/check.h"

namespace shapedbg::fuzz {

[[noreturn]] void broken(const std::string& promise, std::string_view evidence);
inline void promise(bool holds, const char* what, std::string_view evidence) {
  if (!holds) broken(what, evidence);
}

// UTF-8 without control characters, save the line feed, and without what reorders a line.
void is_printable(std::string_view text, const char* which);
void is_json(std::string_view text, const char* which);
// Messages are one printable line, places and edits lie in the file, edits apply and what they give is read.
void are_sound(const std::vector<Finding>& findings, const Source& source);
// Every format renders it.
void can_be_reported(std::vector<Checked> checked);

// For DeviceChoice::off, which never asks.
Opened no_engine();

}  // namespace shapedbg::fuzz
