// The one table of formats: their names, what renders them, and which commands take them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"
#include "workspace/size_report.h"

namespace shapedbg {

enum class ReportOf : std::uint8_t {
  check,
  fix,
  fix_check,  // what `fix` would mend: reports of a check
  sizes,
};

struct Format {
  std::string_view name;  // as `--format` takes it
  std::string_view says;  // who reads it
  std::string (*check)(const Report&);
  // Null where the command has no such format. `fix` renders its own as it goes.
  std::string (*sizes)(const std::vector<SizeReport>&, const SizesOptions&, const TextStyle&);
  bool fix;
  FixCode code;  // what it shows of a fix as code
};

const std::vector<Format>& formats();
// Null where there is none of that name.
const Format* find_format(std::string_view name);
bool takes(ReportOf command, const Format& format);
// Their names, in the table's order.
std::vector<std::string> format_names(ReportOf command);

}  // namespace shapedbg
