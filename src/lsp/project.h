// What the project of a file wants of the server: what `.shapedbg.toml` says for it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "finding/finding.h"
#include "net/targets.h"
#include "workspace/check.h"

namespace shapedbg::lsp {

// A model of a Python file, to be recorded when it is saved.
struct ProjectModel {
  std::string call;                 // "UNet(3, 2)"
  std::vector<std::string> inputs;  // "1,3,250,250", "ids=2,77:int64"
};

struct ProjectWishes {
  DeviceChoice device = DeviceChoice::automatic;
  std::vector<Code> ignored = {};         // risks that are not reported
  std::vector<ProjectModel> models = {};  // of this very file
  std::string problem = {};               // why the project's file cannot be read: one line
};

// Of the file with this path. Called when a document is opened and when it is saved.
using ProjectOf = std::function<ProjectWishes(const std::string& path)>;

}  // namespace shapedbg::lsp
