// What is meant and looks odd all the same: every idiom is silent.
#include "meaning/idioms.h"
#include "meaning/read.h"

namespace shapedbg {
namespace {

TEST(Idioms, AreSilent) {
  for (const Idiom& idiom : idioms) {
    const std::vector<std::string> found = troubles(idiom.text);
    EXPECT_TRUE(found.empty()) << idiom.name << ": " << (found.empty() ? "" : found[0]);
  }
}

}  // namespace
}  // namespace shapedbg
