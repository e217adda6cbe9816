# A schema is a file for others and a string in the program: one source for both.
set(report_schema "${CMAKE_CURRENT_LIST_DIR}/report-1.schema.json")
set(fix_schema "${CMAKE_CURRENT_LIST_DIR}/fix-1.schema.json")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${report_schema}" "${fix_schema}")
file(READ "${report_schema}" SHAPEDBG_REPORT_SCHEMA)
file(READ "${fix_schema}" SHAPEDBG_FIX_SCHEMA)
configure_file("${CMAKE_CURRENT_LIST_DIR}/schema.cpp.in" "${CMAKE_CURRENT_BINARY_DIR}/report_schema.cpp" @ONLY)
list(APPEND report_sources "${CMAKE_CURRENT_BINARY_DIR}/report_schema.cpp")
