// `shapedbg check`: the main job on every file of the command line.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "cli/changed.h"
#include "cli/check.h"
#include "cli/choice.h"
#include "cli/collect.h"
#include "cli/command.h"
#include "cli/config.h"
#include "cli/device.h"
#include "cli/input.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/terminal.h"
#include "finding/counted.h"
#include "read/json/told.h"
#include "report/baseline.h"
#include "report/render/json.h"
#include "workspace/foretold.h"
#include "workspace/in_parallel.h"

namespace shapedbg {
namespace {

// Of more files than this the text report shows what is wrong, and counts the others.
constexpr std::size_t kWhole = 8;
// Layers of networks that wait for LibTorch: each takes some hundred bytes.
constexpr std::size_t kMostAhead = 20'000;

bool is_json(const std::string& path) { return path.ends_with(".json") || path.ends_with(".jsonc"); }

struct Task {
  FoundFile file;
  SourceOptions from;
  std::optional<Input> input;
  std::optional<Checked> checked;
  std::string took;
  std::string skipped;  // why it was not checked
  // What LibTorch was foretold to say, where `checked` stands on that.
  std::unique_ptr<Foretold> foretold = {};
  bool done = false;
};

class CheckRun {
 public:
  CheckRun(const CheckOptions& options, Streams& streams)
      : options_(options),
        streams_(streams),
        log_(streams.err, options.log.level()),
        engine_(log_),
        paths_(report_paths()) {}

  int run() {
    config_ = read_config(paths_.working, options_.config);
    if (!config_.error.empty()) return fail(streams_, config_.error);
    if (!config_.file.empty()) log_.info("read " + config_.file);
    const std::vector<std::string>& typed = options_.specs.empty() ? config_.paths : options_.specs;
    const bool models = options_.specs.empty() && !config_.models.empty();
    if (typed.empty() && !models) return fail(streams_, "no spec is given; `shapedbg --help` shows how");
    ignored_ = config_.ignore;
    if (!read_ignored_list(options_.ignore, ignored_, streams_)) return exit_failed;
    if (!read_target_list(options_.targets, targets_, streams_)) return exit_failed;
    if (!open_baseline()) return exit_failed;

    Collected collected = collect(typed, config_.exclude, config_.folder);
    if (!options_.changed_since.empty()) {
      const std::string error = keep_changed(options_.changed_since, paths_.root, collected);
      if (!error.empty()) return fail(streams_, "--changed-since: " + error);
    }
    for (FoundFile& file : collected.files)
      tasks_.push_back({std::move(file), options_.from, {}, {}, {}, {}, {}});
    if (models && options_.changed_since.empty()) add_models();
    std::vector<std::string> names = typed;
    for (const Task& task : tasks_) names.push_back(task.file.path);
    files_.emplace(options_.report, ReportOf::check, names);
    if (!files_->error().empty()) return fail(streams_, files_->error());
    for (const std::string& error : collected.errors) fail(streams_, error);
    broken_ = !collected.errors.empty();
    return check_all();
  }

 private:
  DeviceChoice device() const {
    return device_choice(!options_.device.empty() ? options_.device : config_.device);
  }
  const std::string& fail_on() const { return options_.fail_on.empty() ? config_.fail_on : options_.fail_on; }
  const std::string& baseline_file() const {
    return options_.baseline.empty() ? config_.baseline : options_.baseline;
  }
  // Written as the files are done.
  bool streamed() const {
    return files_->to_stdout() && files_->format().name == "jsonl" && !options_.write_baseline;
  }

  std::size_t workers() const {
    if (options_.jobs > 0) return static_cast<std::size_t>(options_.jobs);
    // What computes for real takes memory: one network at a time.
    const DeviceChoice where = device();
    if (where == DeviceChoice::cpu || where == DeviceChoice::cuda) return 1;
    return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  }

  // Those of the project's file.
  void add_models() {
    for (const ConfigModel& model : config_.models) {
      SourceOptions from = options_.from;
      from.call = model.call;
      from.inputs = model.inputs;
      if (!model.also.empty()) from.also = model.also;
      if (!model.expect.empty()) from.expect = model.expect;
      const std::string name = model.call.substr(0, model.call.find('('));
      tasks_.push_back({{model.file + ":" + name, false}, std::move(from), {}, {}, {}, {}, {}});
    }
  }

  bool open_baseline() {
    const std::string& file = baseline_file();
    if (options_.write_baseline) {
      if (!file.empty()) return true;
      fail(streams_, "--write-baseline needs --baseline FILE, which it writes");
      return false;
    }
    if (file.empty()) return true;
    const Input input = read_spec(file, streams_.in);
    if (input.error.empty()) baseline_ = read_baseline(input.source.bytes());
    if (input.error.empty() && baseline_->error.empty()) return true;
    fail(streams_, file + ": " + (input.error.empty() ? baseline_->error : input.error));
    return false;
  }

  int check_all() {
    {
      // Standard input is one, and not for several threads.
      for (Task& task : tasks_)
        if (is_standard_input(task.file.path)) read(task);
      ProgressLine progress(streams_.err, tasks_.size(),
                            is_error_terminal(streams_.err) && !options_.log.quiet);
      const auto finish = [&](Task& task) {
        finished(task);
        progress.step();
      };
      in_parallel(tasks_.size(), workers(), [&](std::size_t i) {
        one(tasks_[i]);
        if (tasks_[i].foretold)
          wait_for_engine(tasks_[i]);
        else
          finish(tasks_[i]);
        if (waiting_layers_ > kMostAhead) engine_();
        if (waiting_layers_ > 0 && engine_.if_open()) confirm_all(finish);
      });
      // Those that nobody took up, as they were the last.
      if (!waiting_.empty()) in_parallel(workers(), workers(), [&](std::size_t) { confirm_all(finish); });
    }
    return report();
  }

  void read(Task& task) {
    const std::string& path = task.file.path;
    task.input = task.file.found && is_json(path) ? read_spec(path, streams_.in)
                                                  : read_network(path, streams_.in, task.from);
    Input& input = *task.input;
    if (is_standard_input(path) && !options_.stdin_filename.empty())
      input.source = Source(options_.stdin_filename, input.source.bytes());
    // A file that is called .onnx or .pt2 claims to be one: what is wrong with it is to be said.
    const bool claims = path.ends_with(".onnx") || path.ends_with(".pt2");
    const bool guess = (task.file.found || options_.networks_only) && !claims && !input.imported &&
                       (input.error.empty() || input.no_network);
    if (guess && !holds_spec(input.source.bytes())) task.skipped = "holds no network";
  }

  // On any thread; what it has to say is said by finished() and report(), in the order of the files.
  void one(Task& task) {
    if (!task.input) read(task);
    if (!task.skipped.empty()) return;
    if (!task.input->error.empty()) {
      task.checked = unreadable(*task.input);
      return;
    }
    ask(task, std::move(task.input->source), tasks_.size() > 1 && workers() > 1);
  }

  // `ahead`: while LibTorch is still being opened, on what it will say.
  void ask(Task& task, Source source, bool ahead) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<Code> left_out = ignored_;
    // A file that leaves a size free does not say that every size is right; `sizes` tells which are.
    if (task.input->imported) left_out.push_back(Code::C401);
    // Of a file that runs at one size alone nothing is to be said about others.
    if (!task.input->faults.empty()) left_out.push_back(Code::W505);
    Budget budget;
    budget.repairs = !options_.no_fixes;
    budget.code = files_->code();
    const EngineSource engine = [&]() -> Opened {
      const std::optional<Opened> opened = ahead ? engine_.if_open() : engine_();
      if (opened) return *opened;
      task.foretold = std::make_unique<Foretold>();
      return {task.foretold.get(), {}};
    };
    task.checked = check(std::move(source), device(), engine, left_out, budget, targets_);
    if (!task.foretold) complete(task, start);
  }

  void complete(Task& task, std::chrono::steady_clock::time_point start) {
    add_origin(*task.input, {}, *task.checked);
    task.took = milliseconds_since(start);
    if (baseline_) drop_known(*baseline_, paths_, *task.checked);
  }

  void wait_for_engine(Task& task) {
    const std::lock_guard lock(order_);
    // What is not known ahead holds nothing.
    waiting_layers_ += 1 + task.foretold->layers();
    waiting_.push_back(&task);
  }

  // What was answered ahead of LibTorch: it runs all of that now, and is asked anew where it says otherwise.
  void confirm_all(const std::function<void(Task&)>& finish) {
    while (Task* task = next_waiting()) {
      const auto start = std::chrono::steady_clock::now();
      const Opened opened = engine_();
      const std::unique_ptr<Foretold> foretold = std::move(task->foretold);
      if (opened.engine != nullptr && foretold->came_true(*opened.engine)) {
        task->checked->trace.libtorch = opened.engine->version();
        complete(*task, start);
      } else {
        ask(*task, std::move(task->checked->source), false);
      }
      finish(*task);
    }
  }

  Task* next_waiting() {
    const std::lock_guard lock(order_);
    if (waiting_.empty()) return nullptr;
    Task* const task = waiting_.front();
    waiting_.pop_front();
    waiting_layers_ -= 1 + task->foretold->layers();
    return task;
  }

  void finished(Task& task) {
    if (!streamed()) return;
    std::string line = task.checked ? render_json_line(*task.checked, options_.axes) : std::string();
    const std::lock_guard lock(order_);
    task.done = true;
    lines_.resize(tasks_.size());
    lines_[static_cast<std::size_t>(&task - tasks_.data())] = std::move(line);
    for (; written_ < tasks_.size() && tasks_[written_].done; ++written_)
      if (!lines_[written_].empty()) emit(streams_, std::exchange(lines_[written_], {}));
  }

  void say(const Task& task) {
    const Input& input = *task.input;
    const std::string& name = task.file.path;
    if (!task.skipped.empty()) {
      log_.info("skipped " + name + ": " + task.skipped);
    } else if (!input.error.empty()) {
      fail(streams_, input.source.name() + ": " + input.error);
    } else {
      const Checked& checked = *task.checked;  // has the source of the input by now
      const std::string& file = checked.source.name();
      for (const std::string& note : input.notes) log_.warning(file + ": " + note);
      log_.info("read " + file + ", " + std::to_string(checked.source.bytes().size()) + " bytes");
      log_.info(file + ": " + std::string(to_string(checked.status)) + ", device " + checked.trace.device);
      log_.debug(file + ": took " + task.took);
    }
  }

  // The text report on standard output says itself why a network could not be run; elsewhere nobody would see
  // it.
  void say_failures(const std::vector<Checked>& all) {
    std::set<std::string> said;
    for (const Checked& checked : all) {
      if (checked.status != Status::error || !checked.error.empty()) continue;
      if (said.insert(reason(checked)).second) fail(streams_, reason(checked));
    }
  }

  int exit_code(const Totals& sums) const {
    if (sums.unchecked > 0 || broken_) return exit_failed;
    const bool fails = fail_on() == "never"     ? false
                       : fail_on() == "warning" ? sums.with_findings + sums.warnings > 0
                                                : sums.with_findings > 0;
    return fails ? exit_findings : exit_clean;
  }

  int report() {
    std::vector<Skipped> skipped;
    std::vector<Checked> all;
    all.reserve(tasks_.size());
    for (Task& task : tasks_) {
      say(task);
      if (!task.skipped.empty()) skipped.push_back({task.file.path, task.skipped});
      if (task.checked) all.push_back(std::move(*task.checked));
    }
    const bool may_be_empty = options_.networks_only || !options_.changed_since.empty();
    if (all.empty() && !broken_ && !may_be_empty) {
      fail(streams_, "no network was found" +
                         (skipped.empty() ? std::string() : "; -v names the files that were skipped"));
      return exit_failed;
    }
    const int code = exit_code(totals(all));
    Report report(all, paths_);
    report.skipped = std::move(skipped);
    const bool terminal = files_->to_stdout() && is_terminal(streams_.out);
    report.text.color = wants_color(options_.color, terminal);
    report.text.width = terminal_width(terminal);
    report.text.axes = options_.axes;
    const bool many = all.size() > kWhole && !options_.tables;
    report.text.tables = options_.table != "none" && (!many || !options_.table.empty());
    report.text.fold = options_.table == "full"     ? TableFold::full
                       : options_.table == "folded" ? TableFold::folded
                                                    : TableFold::automatic;
    report.text.right_ones = !many && !options_.log.quiet;
    if (files_->format().name != "text" || !files_->to_stdout()) say_failures(all);
    if (options_.write_baseline) return write_baseline(report, code);
    return deliver_all(report, code);
  }

  int write_baseline(const Report& report, int code) {
    if (code == exit_failed)
      return fail(streams_, "the baseline stays as it was: not everything could be checked");
    const OutputFile file(baseline_file(), {});
    const std::string error = file.error().empty() ? file.write(render_baseline(report)) : file.error();
    if (!error.empty()) return fail(streams_, error);
    const Totals sums = totals(report.specs());
    return deliver(streams_,
                   baseline_file() + ": " + counted(static_cast<std::int64_t>(sums.errors), "error") +
                       " and " + counted(static_cast<std::int64_t>(sums.warnings), "warning") +
                       " are known from now on\n",
                   exit_clean);
  }

  int deliver_all(const Report& report, int code) {
    const auto render = [&](const Format& format) { return format.check(report); };
    const auto was_read = [](const Checked& checked) { return checked.error.empty(); };
    // Nothing could be read: the old reports stay.
    const bool keep = std::none_of(report.specs().begin(), report.specs().end(), was_read);
    if (!keep && files_->any()) code = files_->write_files(render, streams_, code);
    if (!files_->to_stdout()) return code;
    return deliver(streams_, streamed() ? std::string() : render(files_->format()), code);
  }

  const CheckOptions& options_;
  Streams& streams_;
  Log log_;
  SharedEngine engine_;
  ReportPaths paths_;
  Config config_;
  std::vector<Code> ignored_;
  std::vector<Target> targets_;
  std::optional<Baseline> baseline_;
  std::optional<ReportFiles> files_;
  std::vector<Task> tasks_;
  std::mutex order_;
  std::deque<Task*> waiting_;  // for LibTorch, which is to confirm them
  std::atomic<std::size_t> waiting_layers_ = 0;
  std::vector<std::string> lines_;  // that wait for those in front of them
  std::size_t written_ = 0;
  bool broken_ = false;  // a folder or pattern gave nothing
};

}  // namespace

int run_check(const CheckOptions& options, Streams& streams) { return CheckRun(options, streams).run(); }

void add_check_options(CLI::App& app, CheckOptions& options) {
  app.add_option("SPEC", options.specs,
                 "spec files, .onnx, .pt2, the text of print(model), models as unet.py:UNet (runs its code), "
                 "folders and "
                 "patterns of them; - reads standard input; none: the `paths` of .shapedbg.toml");
  add_report_options(app, options.report, ReportOf::check);
  add_color_option(app, options.color);
  add_device_option(app, options.device);
  add_ignore_option(app, options.ignore);
  add_target_option(app, options.targets);
  app.add_option("--fail-on", options.fail_on, "what makes the exit code 1: error, warning, never")
      ->check(one_of({"error", "warning", "never"}))
      ->take_last();
  app.add_option("--baseline", options.baseline, "leave out the findings that this file knows")
      ->type_name("FILE")
      ->take_last();
  app.add_flag("--write-baseline", options.write_baseline, "write all findings to the baseline");
  add_config_options(app, options.config);
  app.add_option("--jobs", options.jobs, "files at a time; else as many as there are processors")
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("N")
      ->take_last();
  app.add_option("--stdin-filename", options.stdin_filename, "what reports call standard input")
      ->type_name("NAME")
      ->take_last();
  app.add_option("--changed-since", options.changed_since,
                 "only files that differ from this revision of git, or that it does not know yet")
      ->type_name("REV")
      ->take_last();
  app.add_flag("--networks-only", options.networks_only, "pass by files that hold no network");
  app.add_flag("--axes", options.axes, "what each axis is made of and where its positions lie");
  app.add_flag("--tables", options.tables, "the table of every network, however many there are");
  app.add_option("--table", options.table,
                 "full, folded (blocks and repeats in a row each), none; else folded above 40 layers")
      ->check(one_of({"full", "folded", "none"}))
      ->take_last();
  app.add_flag("--no-fixes", options.no_fixes, "look for no repairs: what is wrong, and no more");
  add_source_options(app, options.from);
  add_log_options(app, options.log);
}

Job add_check(CLI::App& app) {
  const auto options = std::make_shared<CheckOptions>();
  add_check_options(app, *options);
  return [options](Streams& streams) { return run_check(*options, streams); };
}

}  // namespace shapedbg
