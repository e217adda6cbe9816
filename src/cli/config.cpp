#include "cli/config.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <variant>

#include "cli/input.h"
#include "cli/system_error.h"
#include "net/kinds.h"
#include "read/json/ignore.h"

// The parser asserts what a file can break (3.3: what follows `[`); without assertions it is assumed, and the
// program has no meaning. Thrown, it is told like every other mistake. Its functions that must not throw
// never see what a file holds.
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? static_cast<void>(0) : throw std::logic_error("not understood"))
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wexceptions"
#elif defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wterminate"
#endif
#include <toml++/toml.h>

namespace shapedbg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = ".shapedbg.toml";

fs::path found_upwards(const fs::path& start) {
  std::error_code error;
  for (fs::path folder = start;; folder = folder.parent_path()) {
    if (fs::is_regular_file(folder / kName, error)) return folder / kName;
    if (fs::exists(folder / ".git", error) || !folder.has_relative_path()) return {};
  }
}

// Reads the keys that it knows; the first mistake is the answer.
class Reader {
 public:
  explicit Reader(Config& config) : config_(config) {}

  void read(const toml::table& table) {
    for (const auto& [key, value] : table) {
      if (!config_.error.empty()) return;
      one(key.str(), key.source(), value);
    }
  }

 private:
  void wrong(const toml::source_region& at, const std::string& message) {
    config_.error = config_.file + ":" + std::to_string(at.begin.line) + ":" +
                    std::to_string(at.begin.column) + ": " + message;
  }

  void unknown(std::string_view key, const toml::source_region& at,
               const std::vector<std::string_view>& known) {
    const auto near = nearest(key, known);
    wrong(at, "unknown key `" + std::string(key) + "`" +
                  (near ? "; the nearest known key is `" + std::string(*near) + "`" : std::string()));
  }

  void models(const toml::node& value) {
    const toml::array* list = value.as_array();
    if (list == nullptr) return wrong(value.source(), "a model is a table: [[model]]");
    for (const toml::node& entry : *list) {
      const toml::table* table = entry.as_table();
      if (table == nullptr) return wrong(entry.source(), "a model is a table: [[model]]");
      ConfigModel model;
      for (const auto& [key, said] : *table) {
        if (!config_.error.empty()) return;
        of_model(key.str(), key.source(), said, model);
      }
      if (!config_.error.empty()) return;
      for (const auto& [name, empty] :
           {std::pair{"file", model.file.empty()}, std::pair{"call", model.call.empty()},
            std::pair{"input", model.inputs.empty()}})
        if (empty) return wrong(entry.source(), "a model says its `" + std::string(name) + "`");
      config_.models.push_back(std::move(model));
    }
  }

  void of_model(std::string_view key, const toml::source_region& at, const toml::node& value,
                ConfigModel& model) {
    const std::string name(key);
    if (key == "file") return word(name, value, {}, model.file);
    if (key == "call") return word(name, value, {}, model.call);
    if (key == "input") return words(name, value, model.inputs);
    if (key == "also") return words(name, value, model.also);
    if (key == "expect") return word(name, value, {}, model.expect);
    unknown(key, at, {"file", "call", "input", "also", "expect"});
  }

  void one(std::string_view key, const toml::source_region& at, const toml::node& value) {
    static const std::vector<std::string_view> known = {"paths",   "exclude",  "ignore", "device",
                                                        "fail-on", "baseline", "model"};
    const std::string name(key);
    if (key == "paths") {
      words(name, value, config_.paths);
    } else if (key == "exclude") {
      words(name, value, config_.exclude);
    } else if (key == "ignore") {
      risks(name, value);
    } else if (key == "device") {
      word(name, value, {"auto", "cpu", "meta", "cuda", "off"}, config_.device);
    } else if (key == "fail-on") {
      word(name, value, {"error", "warning", "never"}, config_.fail_on);
    } else if (key == "baseline") {
      word(name, value, {}, config_.baseline);
    } else if (key == "model") {
      models(value);
    } else {
      unknown(key, at, known);
    }
  }

  void risks(const std::string& key, const toml::node& value) {
    std::vector<std::string> list;
    words(key, value, list);
    for (std::size_t i = 0; i < list.size() && config_.error.empty(); ++i) {
      const auto read = read_ignored(list[i]);
      if (const auto* said = std::get_if<std::string>(&read))
        return wrong(value.as_array()->get(i)->source(), *said);
      config_.ignore.push_back(std::get<Code>(read));
    }
  }

  void words(const std::string& key, const toml::node& value, std::vector<std::string>& into) {
    const toml::array* list = value.as_array();
    if (list == nullptr) return wrong(value.source(), "`" + key + "` takes a list of strings");
    for (const toml::node& entry : *list) {
      const auto text = entry.value_exact<std::string>();
      if (!text) return wrong(entry.source(), "`" + key + "` takes a list of strings");
      into.push_back(*text);
    }
  }

  void word(const std::string& key, const toml::node& value, const std::vector<std::string>& allowed,
            std::string& into) {
    const auto text = value.value_exact<std::string>();
    if (!text) return wrong(value.source(), "`" + key + "` takes a string");
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
      std::string listed;
      for (const std::string& each : allowed) listed += (listed.empty() ? "" : ", ") + each;
      return wrong(value.source(), "`" + *text + "` is not one of " + listed);
    }
    into = *text;
  }

  Config& config_;
};

// From where the program runs, as short as it can be said.
std::string from_here(const fs::path& folder, const std::string& path) {
  std::error_code error;
  const fs::path whole = (folder / path).lexically_normal();
  const fs::path relative =
      fs::path(path).is_absolute() ? whole : whole.lexically_relative(fs::current_path(error));
  return relative.empty() ? whole.string() : relative.string();
}

// Where a string or comment that begins at `at` ends; `at` where none begins there.
std::size_t behind_text(const std::string& text, std::size_t at) {
  const char mark = text[at];
  if (mark == '#') return std::min(text.find('\n', at), text.size());
  if (mark != '"' && mark != '\'') return at;
  const bool several = text.compare(at, 3, std::string(3, mark)) == 0;
  const std::string end(several ? 3 : 1, mark);
  for (std::size_t i = at + end.size(); i < text.size(); ++i) {
    if (text.compare(i, end.size(), end) == 0) return i + end.size();
    if (text[i] == '\n' && !several) return i;
    if (text[i] == '\\' && mark == '"') ++i;
  }
  return text.size();
}

// The first byte beyond ASCII outside of strings and comments, where TOML has none and the library asks
// tables that do not hold it.
std::size_t first_foreign(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = behind_text(text, at);
    if (next == at && static_cast<unsigned char>(text[at]) >= 0x80) return at;
    at = std::max(next, at + 1);
  }
  return std::string::npos;
}

}  // namespace

Config parse_config(std::string file, std::string folder, const std::string& text) {
  Config config;
  config.file = std::move(file);
  config.folder = std::move(folder);
  const std::size_t bom = text.starts_with("\xef\xbb\xbf") ? 3 : 0;
  if (const std::size_t at = first_foreign(text.substr(bom)); at != std::string::npos) {
    const std::size_t begin = at == 0 ? std::string::npos : text.rfind('\n', bom + at - 1);
    const std::size_t start = begin == std::string::npos ? bom : begin + 1;
    config.error = config.file + ":" +
                   std::to_string(1 + std::count(text.begin(),
                                                 text.begin() + static_cast<std::ptrdiff_t>(start), '\n')) +
                   ":" + std::to_string(bom + at - start + 1) +
                   ": no TOML: letters beyond ASCII stand in quotes or comments alone";
    return config;
  }
  try {
    const toml::table table = toml::parse(text, config.file);
    Reader(config).read(table);
  } catch (const toml::parse_error& wrong) {
    const toml::source_position at = wrong.source().begin;
    std::string what(wrong.description());
    std::replace(what.begin(), what.end(), '\n', ' ');
    config.error =
        config.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": no TOML: " + what;
  } catch (const std::logic_error& wrong) {
    config.error = config.file + ": no TOML: " + wrong.what();
  }
  for (std::string& one : config.paths) one = from_here(config.folder, one);
  for (ConfigModel& model : config.models) model.file = from_here(config.folder, model.file);
  if (!config.baseline.empty()) config.baseline = from_here(config.folder, config.baseline);
  return config;
}

Config read_config(const std::string& folder, const ConfigChoice& choice) {
  if (choice.none) return {};
  const std::string& named = choice.file;
  const fs::path path = named.empty() ? found_upwards(folder) : fs::path(named);
  if (path.empty()) return {};
  std::error_code error;
  const fs::path whole = fs::absolute(path, error).lexically_normal();
  const std::string file = named.empty() ? from_here("/", whole.string().substr(1)) : named;
  const Input input = read_spec(path.string(), std::cin);
  if (input.error.empty()) return parse_config(file, whole.parent_path().string(), input.source.bytes());
  Config config;
  config.file = file;
  config.error = file + ": " + input.error;
  return config;
}

}  // namespace shapedbg
