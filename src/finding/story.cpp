#include "finding/story.h"

namespace shapedbg {

const Story& story(Code code) {
  for (const auto& stories : {file_stories(), import_stories(), layer_stories(), result_stories(),
                              risk_stories(), portability_stories()})
    for (const Story& one : stories)
      if (one.code == code) return one;
  static constexpr Story kNone{};
  return kNone;
}

}  // namespace shapedbg
