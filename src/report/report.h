// What all formats render: the checks of one run, each finding with its place and a name that lasts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/render/text.h"
#include "report/totals.h"
#include "workspace/check.h"

namespace shapedbg {

// Two folders, absolute: reports of services name files from the root of the repository, people from where
// they stand. Empty: names stay as they were typed.
struct ReportPaths {
  std::string root;
  std::string working;
};

// `name`, as typed, from the root: "models/unet.json". Where it lies outside: as typed, without "./".
std::string from_root(const ReportPaths& paths, std::string_view name);

// A file that a folder holds and that was not checked.
struct Skipped {
  std::string file;
  std::string why;  // "holds no network"
};

// Where something stands, for whoever opens it. Of an imported network the author's own line, where it is
// known and lies under the root.
struct Place {
  std::string file;        // as typed, or as the program's own file is called
  std::string path;        // the same from the root
  Position begin;          // 1:1 where only the file is known
  Position end;            // begin where only a line is known
  bool in_source = false;  // the bytes of the network's own file
};

struct PlacedFinding {
  const Finding* finding = nullptr;
  Place place;
  std::vector<Place> related;  // one for each of finding->related
  // The same for the same finding in the same file, wherever its lines have moved to: of the code, the path,
  // the layer (or the pointer where there is none), and which of several alike it is. 16 hexadecimal digits.
  std::string fingerprint;
};

struct PlacedSpec {
  const Checked* checked = nullptr;
  std::string path;
  std::vector<PlacedFinding> findings;
  std::string failure;  // why the file could not even be read; empty otherwise
};

class Report {
 public:
  // Keeps a reference to `specs`.
  Report(const std::vector<Checked>& specs, ReportPaths paths) : specs_(specs), paths_(std::move(paths)) {}

  const std::vector<Checked>& specs() const { return specs_; }
  const ReportPaths& paths() const { return paths_; }
  // Resolved at the first call, which no two threads may make at once.
  const std::vector<PlacedSpec>& placed() const;

  TextStyle text;  // of the formats for people
  std::vector<Skipped> skipped;

 private:
  const std::vector<Checked>& specs_;
  ReportPaths paths_;
  mutable std::optional<std::vector<PlacedSpec>> placed_;
};

// Where a place of the network stands; `layer`: whose, for what was imported.
Place place_of(const Checked& checked, const ReportPaths& paths, const Location& where,
               const std::string& layer);

// The findings of one file with their places.
PlacedSpec placed(const Checked& checked, const ReportPaths& paths);

}  // namespace shapedbg
