#include "net/facts.h"

namespace shapedbg {
namespace {

constexpr FamilyFacts kFacts[] = {
#define SHAPEDBG_FAMILY(name, rule, cost, run, ...) FamilyFacts{__VA_ARGS__},
#include "net/facts.def"
#undef SHAPEDBG_FAMILY
};

}  // namespace

const FamilyFacts& facts(Family family) { return kFacts[static_cast<std::size_t>(family)]; }
const FamilyFacts& facts(LayerKind kind) { return facts(info(kind).family); }

}  // namespace shapedbg
