#include "read/printed/tree.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace shapedbg::printed {
namespace {

constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kMostModules = 100'000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

// How many brackets stay open, quoted text left out.
int balance(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    }
  }
  return depth;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  }) && !std::isdigit(static_cast<unsigned char>(text.front()));
}

// "(name): 3 x Class(rest", of which `named` is whether it has a name.
bool read_head(std::string_view line, Module& module, bool& named, std::string_view& rest) {
  named = false;
  if (line.starts_with('(')) {
    const std::size_t close = line.find("): ");
    if (close == std::string_view::npos || close == 1) return false;
    module.name = std::string(line.substr(1, close - 1));
    if (module.name.find_first_of("() ") != std::string::npos) return false;
    line = trimmed(line.substr(close + 3));
    named = true;
  }
  if (const std::size_t cross = line.find(" x "); cross != std::string_view::npos) {
    int times = 0;
    const auto [stop, code] = std::from_chars(line.data(), line.data() + cross, times);
    if (code == std::errc() && stop == line.data() + cross && times > 0 && times <= 4096) {
      module.times = times;
      line.remove_prefix(cross + 3);
    }
  }
  const std::size_t open = line.find('(');
  if (open == std::string_view::npos || !is_word(line.substr(0, open))) return false;
  module.type = std::string(line.substr(0, open));
  if (const std::size_t dot = module.type.rfind('.'); dot != std::string::npos) module.type.erase(0, dot + 1);
  rest = line.substr(open + 1);
  return true;
}

class TreeReader {
 public:
  Tree run(std::string_view text) {
    std::size_t number = 0;
    while (!text.empty() && tree_.error.empty() && !done_) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      ++number;
      std::string_view line = trimmed(text.substr(0, end));
      for (const std::string_view prompt : {">>>", "..."})
        if (line.starts_with(prompt)) line = trimmed(line.substr(prompt.size()));
      if (!line.empty()) read(line, number);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (tree_.error.empty() && !started_) tree_.error = "it holds no module";
    if (tree_.error.empty() && !open_.empty())
      tree_.error = "it ends within " + std::to_string(open_.size()) + " modules: the text is cut off";
    return std::move(tree_);
  }

 private:
  void fail(std::size_t number, const std::string& what) {
    tree_.error = "line " + std::to_string(number) + ": " + what;
  }

  void read(std::string_view line, std::size_t number) {
    Module module;
    bool named = false;
    std::string_view rest;
    if (read_head(line, module, named, rest) && (named ? started_ : !started_ && module.type != "print")) {
      if (++count_ > kMostModules) return fail(number, "too many modules");
      add(std::move(module), rest, number);
    } else if (!started_) {
      return;  // what was printed before
    } else if (std::all_of(line.begin(), line.end(), [](char c) { return c == ')'; })) {
      for (std::size_t i = 0; i < line.size() && !done_; ++i) close();
    } else if (!open_.empty()) {
      // More of a module that has children: its own options, on a line of their own.
      Module& owner = *open_.back();
      owner.arguments += (owner.arguments.empty() ? "" : " ") + std::string(line);
    }
  }

  void add(Module module, std::string_view rest, std::size_t number) {
    Module* place = &tree_.root;
    if (started_) {
      if (open_.empty()) return fail(number, "a module outside of the first one");
      open_.back()->children.push_back(std::move(module));
      place = &open_.back()->children.back();
    } else {
      tree_.root = std::move(module);
      started_ = true;
    }
    if (balance(rest) < 0) {
      place->arguments = std::string(trimmed(rest.substr(0, rest.rfind(')'))));
      done_ = open_.empty();
      return;
    }
    if (open_.size() >= kMostDepth) return fail(number, "modules are nested too deep");
    place->arguments = std::string(trimmed(rest));
    open_.push_back(place);
  }

  void close() {
    open_.pop_back();
    done_ = open_.empty();
  }

  Tree tree_;
  std::vector<Module*> open_;  // the last child of each stays in place while it is open
  std::size_t count_ = 0;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace

Tree read_tree(std::string_view text) { return TreeReader().run(text); }

std::vector<std::pair<std::string, std::string>> read_arguments(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> arguments;
  // No module of torch says as much; what follows is quadratic, and its values are read within each other.
  constexpr std::size_t most = 1024;
  if (text.size() > most) return arguments;
  while (!text.empty()) {
    std::size_t end = 0;
    while (end < text.size() && !(text[end] == ',' && balance(text.substr(0, end)) == 0)) ++end;
    const std::string_view one = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.empty()) continue;
    const std::size_t equals = one.find('=');
    const bool named = equals != std::string_view::npos && is_word(trimmed(one.substr(0, equals)));
    arguments.emplace_back(named ? std::string(trimmed(one.substr(0, equals))) : std::string(),
                           std::string(named ? trimmed(one.substr(equals + 1)) : one));
  }
  return arguments;
}

}  // namespace shapedbg::printed
