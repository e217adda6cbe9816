// The difference between two texts as a unified diff, the format that `patch` and `git apply` read.
#pragma once

#include <string>
#include <string_view>

namespace shapedbg {

// Empty when the texts are equal. Three lines of context; lines end with LF and keep their bytes; a last
// line without one is marked. `from` and `to` are the names behind `---` and `+++`, quoted where they
// hold what would end a header.
// Format: IEEE Std 1003.1 (POSIX) `diff -u`. Lines are matched by E. Myers, "An O(ND) Difference
// Algorithm and Its Variations" (1986); where the texts differ in thousands of lines the whole part
// between the first and the last difference is one change, which is as right and no longer small.
std::string unified_diff(const std::string& from, const std::string& to, std::string_view before,
                         std::string_view after);

}  // namespace shapedbg
