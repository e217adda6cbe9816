// `shapedbg explain`: what a finding means, or what a layer kind takes.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "cli/finding_text.h"
#include "cli/options.h"
#include "cli/pages.h"
#include "cli/run.h"
#include "finding/finding.h"
#include "finding/story.h"
#include "net/facts.h"
#include "net/kinds.h"
#include "net/option_text.h"
#include "net/spec.h"
#include "net/targets.h"
#include "net/words.h"
#include "portability/facts.h"
#include "portability/spelled.h"
#include "report/printable.h"
#include "text/lower.h"

namespace shapedbg {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.append(width - std::min(width, text.size()), ' ');
  return text;
}

// What is known of every target, of one family of findings.
std::string explain_facts(Code code) {
  std::string text;
  for (const Fact& fact : portability_facts())
    if (fact.code == code) text += paragraph(text.empty() ? "known" : "", told(fact));
  return text;
}

std::string explain_code(const CodeInfo& code) {
  const Story& of = story(code.code);
  std::string text = std::string(code.id) + " " + std::string(code.name) + " (" +
                     std::string(to_string(code.severity)) + ")\n  " + std::string(code.summary) +
                     "\n  family " + std::string(1, code.id.front()) + ": " +
                     std::string(family_of(code.id.front())) + "\n\n";
  text += paragraph("finds", of.finds) + paragraph("why", of.why) + paragraph("repair", of.repair) +
          paragraph("safe", of.safe) + explain_facts(code.code);
  if (code.id.front() == 'W') {
    const std::string id(code.id);
    text += paragraph("ignore",
                      "`--ignore " + id + "`, or `\"ignore\": [\"" + id + "\"]` in the spec or on a layer");
  }
  for (std::string_view rest = of.example; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += (rest.size() == of.example.size() ? "\n  example\n    " : "    ") +
            std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

std::string explain_kind(const KindInfo& kind) {
  std::string text = std::string(kind.name) + "\n  " + std::string(kind.doc) + "\n";
  text += paragraph("returns", facts(kind.family).formula);
  if (kind.arity.min != 1 || kind.arity.max != 1) {
    std::string number = std::to_string(kind.arity.min);
    if (kind.arity.max < 0) {
      number += " or more";
    } else if (kind.arity.max != kind.arity.min) {
      number += " to " + std::to_string(kind.arity.max);
    }
    text += paragraph("inputs", number);
  }
  if (kind.options.empty()) return text + "  no options\n";
  std::size_t names = 0;
  std::size_t types = 0;
  std::size_t defaults = 0;
  for (const OptionInfo& option : kind.options) {
    names = std::max(names, to_string(option.opt).size());
    types = std::max(types, type_text(option.type).size());
    defaults = std::max(defaults, presence_text(option).size());
  }
  text += "  options\n";
  for (const OptionInfo& option : kind.options) {
    const std::string bounds = range_text(option);
    text += "    " + padded(std::string(to_string(option.opt)), names) + "   " +
            padded(std::string(type_text(option.type)), types) + "   " +
            padded(presence_text(option), defaults) + "   " + std::string(option.doc) +
            (bounds.empty() ? "" : " (" + bounds + ")") + "\n";
  }
  return text;
}

// The same layer in a target: how it is said there, and what is known to part.
std::string explain_there(const KindInfo& kind, Target target) {
  constexpr std::size_t kColumn = 18;
  std::string text = std::string(kind.name) + " in " + std::string(info(target).word) + "\n";
  for (const auto& [label, said] : spelled(kind, target)) text += paragraph(label, said, kColumn);
  bool any = false;
  for (const Fact& fact : portability_facts()) {
    if (!fact.concerns(kind.family)) continue;
    for (const Seen& seen : fact.seen) {
      if (seen.target != target) continue;
      text += paragraph(info(fact.code).id, told(fact), kColumn);
      any = true;
    }
  }
  if (!any && spelled(kind, target).empty())
    text += paragraph("", "nothing is known in which it parts from PyTorch", 2);
  return text;
}

// `sizes` is a page and a key, `threshold` an option and a layer type: all that it is, the page first.
std::optional<std::string> explain(const std::string& word, const std::vector<Target>& targets) {
  if (const KindInfo* kind = find_kind(word); kind != nullptr && !targets.empty()) {
    std::string text;
    for (const Target target : targets) text += (text.empty() ? "" : "\n") + explain_there(*kind, target);
    return text;
  }
  std::string text;
  const auto add = [&](const std::optional<std::string>& one) {
    if (one) text += (text.empty() ? "" : "\n") + *one;
  };
  for (const Page& page : explain_pages())
    if (page.word == lower(word)) return page.text();
  if (const CodeInfo* code = find_code(word)) return explain_code(*code);
  constexpr int axes_shown = 2;
  const KindInfo* kind = find_kind(word);
  const auto meant = kind == nullptr ? meant_kind(word, axes_shown) : std::nullopt;
  if (meant) kind = meant->kind;
  const std::optional<std::string> option = page_on_option(word);
  const std::optional<std::string> key = page_on_key(word);
  const bool exact = kind != nullptr && kind->name == word;
  if (exact || (kind != nullptr && !option && !key)) {
    if (meant && !meant->from.empty())
      text += "`" + word + "` is " + std::string(meant->from) + "'s word for `" + std::string(kind->name) +
              "`\n\n";
    return text + explain_kind(*kind);
  }
  add(option);
  add(key);
  if (kind != nullptr) add(explain_kind(*kind));
  if (kind == nullptr && meant) add("`" + word + "`: " + std::string(meant->advice) + "\n");
  return text.empty() ? page_on_other_word(word) : std::optional(text);
}

std::string unknown(const std::string& word) {
  std::vector<std::string_view> words;
  for (const CodeInfo& code : all_codes()) {
    words.push_back(code.id);
    words.push_back(code.name);
  }
  for (const KindInfo& kind : all_kinds()) words.push_back(kind.name);
  for (const Page& page : explain_pages()) words.push_back(page.word);
  for (const KindInfo& kind : all_kinds())
    for (const OptionInfo& option : kind.options) words.push_back(to_string(option.opt));
  for (const std::string_view key : explained_keys()) words.push_back(key);
  std::string message = "`" + word + "` is neither a finding nor a layer type, an option or a key";
  if (const auto near = nearest(word, words))
    message += "; the nearest known word is `" + std::string(*near) + "`";
  return message;
}

// Everything that can be explained, one line each.
std::string contents() {
  std::string text = "pages\n";
  for (const Page& page : explain_pages())
    text += "  " + padded(std::string(page.word), 33) + " " + std::string(page.summary) + "\n";
  text += "findings\n";
  for (const CodeInfo& code : all_codes()) {
    text += "  " + std::string(code.id) + "  " + padded(std::string(code.name), 28) + " " +
            std::string(code.summary) + "\n";
  }
  text += "layer types\n";
  for (const KindInfo& kind : all_kinds()) {
    text += "  " + padded(std::string(kind.name), 33) + " " + std::string(kind.doc) + "\n";
  }
  return text;
}

int run_explain(const std::vector<std::string>& words, const std::vector<std::string>& where,
                Streams& streams) {
  std::vector<Target> targets;
  if (!read_target_list(where, targets, streams)) return exit_failed;
  if (words.empty()) return deliver(streams, contents(), exit_clean);
  std::string text;
  for (const std::string& word : words) {
    const std::optional<std::string> one = explain(word, targets);
    if (!one) return fail(streams, unknown(word));
    text += (text.empty() ? "" : "\n") + *one;
  }
  return deliver(streams, text, exit_clean);
}

}  // namespace

std::string paragraph(std::string_view label, std::string_view text, std::size_t column) {
  constexpr std::size_t kWidth = 100;
  std::string head = padded("  " + std::string(label), column);
  std::string lines;
  for (const std::string& line : wrapped(text, kWidth - column)) {
    lines += head + line + "\n";
    head.assign(column, ' ');
  }
  return lines;
}

Job add_explain(CLI::App& app) {
  const auto words = std::make_shared<std::vector<std::string>>();
  const auto where = std::make_shared<std::vector<std::string>>();
  app.add_option("WORD", *words,
                 "a finding's code or name, a layer type, an option, a key of a spec, `sizes`, `axes` or "
                 "`scale_factor`; none lists all");
  add_target_option(app, *where);
  return [words, where](Streams& streams) { return run_explain(*words, *where, streams); };
}

}  // namespace shapedbg
