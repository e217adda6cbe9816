// The single lines that the reports for people are made of.
#pragma once

#include <string>
#include <string_view>

#include "report/paint.h"
#include "workspace/check.h"

namespace shapedbg {

// "configs/seed.json: ok: returns [1, 128, 24, 24], as expected\n"
std::string all_is_well(const Checked& checked, const Paint& paint);

// False for our own faults and a missing LibTorch, which have no place in the file.
bool has_place(const Finding& finding);
// "configs/seed.json:8:6: error: the output is 23x23 where 24x24 went in (R301 reconstruction-mismatch)\n"
// Of an imported network the file and line of its program, or the network alone.
std::string headline(const Checked& checked, const Finding& finding, const Paint& paint);
std::string headline(const Source& source, const Finding& finding, const Paint& paint);

// "set output_padding to 1 on `up`: returns [1, 128, 24, 24] (ran on cpu); right for even sizes"
std::string fix_text(const Fix& fix);

// A word of a command line, quoted for a shell where it must be.
std::string shell_word(std::string_view text);

// What a person types to repair `file`: "shapedbg fix configs/seed.json", its name quoted for a shell
// where it must be. `options` are words with a space behind each: "--all ".
std::string fix_command(std::string_view file, std::string_view options = {});

}  // namespace shapedbg
