#include "report/report.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <map>

#include "read/python/python.h"
#include "report/lines.h"
#include "report/place.h"

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/: the same on every machine, as files keep it.
std::uint64_t fnv(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xffU) * 0x100000001b3ULL;  // an end, so that "ab" "c" is not "a" "bc"
}

std::string hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  return std::string(digits.size() - length, '0') + std::string(digits.data(), length);
}

bool outside(std::string_view path) {
  return path.starts_with('/') || path == ".." || path.starts_with("../");
}

// The file that "unet.py:UNet" names.
std::string file_of(const Checked& checked) {
  const std::string& name = checked.source.name();
  if (!checked.imported || !names_python_model(name)) return name;
  const std::string file = name.substr(0, name.rfind(':'));
  return file.ends_with(".py") ? file : name;
}

class Places {
 public:
  Places(const Checked& checked, const ReportPaths& paths)
      : checked_(checked), paths_(paths), file_(file_of(checked)), path_(from_root(paths, file_)) {}

  const std::string& path() const { return path_; }

  Place of(const Location& where, const std::string& layer) const {
    if (checked_.imported) return of_line(where, layer);
    return {file_, path_, checked_.source.position(where.span.begin),
            checked_.source.position(where.span.end), true};
  }

 private:
  Place of_line(const Location& where, const std::string& layer) const {
    Place place{file_, path_, {}, {}, false};
    const auto at = layer.empty() ? std::nullopt : checked_.spec.find(layer);
    const LayerSource* from = at ? checked_.spec.layer(*at).source.get() : nullptr;
    if (from == nullptr) return place;
    const SourceLine& line = from->made.empty() ? from->called : from->made;
    if (line.empty()) return place;
    std::string path = from_root(paths_, line.file);
    // On the machine of whoever exported it; a Python model that lies outside was recorded on this one.
    const bool recorded = names_python_model(checked_.source.name()) && outside(path_);
    if (outside(path) && !recorded) return place;
    place.file = outside(path) ? as_typed(line.file) : line.file;
    place.path = outside(path) ? place.file : std::move(path);
    place.begin = place.end = {static_cast<std::size_t>(line.line), 1};
    // The words in that line, where it can be read.
    const std::optional<SourcePlace> words = place_of(checked_, layer, where);
    if (words && words->source->name() == line.file &&
        words->source->position(words->span.begin).line == place.begin.line) {
      place.begin = words->source->position(words->span.begin);
      place.end = words->source->position(words->span.end);
    }
    return place;
  }

  // A file of the model as the model was named: from the working folder, or whole.
  std::string as_typed(const std::string& file) const {
    if (fs::path(path_).is_absolute() || paths_.working.empty()) return file;
    const fs::path near = fs::path(file).lexically_relative(paths_.working);
    return near.empty() ? file : near.generic_string();
  }

  const Checked& checked_;
  const ReportPaths& paths_;
  std::string file_;
  std::string path_;
};

}  // namespace

std::string from_root(const ReportPaths& paths, std::string_view name) {
  const fs::path typed(name);
  if (name.empty() || name == "<stdin>") return std::string(name);
  const fs::path plain = typed.lexically_normal();
  if (paths.root.empty()) return plain.generic_string();
  const fs::path whole = (typed.is_absolute() ? typed : fs::path(paths.working) / typed).lexically_normal();
  const fs::path inside = whole.lexically_relative(paths.root);
  return inside.empty() || outside(inside.generic_string()) ? plain.generic_string()
                                                            : inside.generic_string();
}

Place place_of(const Checked& checked, const ReportPaths& paths, const Location& where,
               const std::string& layer) {
  return Places(checked, paths).of(where, layer);
}

namespace {

// The same with and without repairs.
std::string known_by(const Finding& finding) {
  if (!finding.found_at.empty()) return finding.found_at;
  return finding.layer.empty() ? finding.where.pointer.str() : finding.layer;
}

}  // namespace

PlacedSpec placed(const Checked& checked, const ReportPaths& paths) {
  const Places places(checked, paths);
  PlacedSpec result{&checked, places.path(), {}, checked.findings.empty() ? reason(checked) : std::string()};
  result.findings.reserve(checked.findings.size());
  std::map<std::uint64_t, std::size_t> alike;
  for (const Finding& finding : checked.findings) {
    PlacedFinding one{&finding, places.of(finding.where, finding.layer), {}, {}};
    for (const Related& related : finding.related)
      one.related.push_back(places.of(related.where, related.layer));
    constexpr std::uint64_t basis = 0xcbf29ce484222325ULL;
    std::uint64_t hash = fnv(info(finding.code).id, basis);
    hash = fnv(places.path(), hash);
    hash = fnv(known_by(finding), hash);
    if (const std::size_t before = alike[hash]++; before > 0) hash = fnv(std::to_string(before), hash);
    one.fingerprint = hex(hash);
    result.findings.push_back(std::move(one));
  }
  return result;
}

const std::vector<PlacedSpec>& Report::placed() const {
  if (!placed_) {
    placed_.emplace();
    placed_->reserve(specs_.size());
    for (const Checked& checked : specs_) placed_->push_back(shapedbg::placed(checked, paths_));
  }
  return *placed_;
}

}  // namespace shapedbg
