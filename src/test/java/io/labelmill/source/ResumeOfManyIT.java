package io.labelmill.source;

import org.junit.jupiter.api.extension.ExtendWith;

/** What a run that resumes plans of files, where tasks list and files keep the plan. */
@ExtendWith(ManyRows.class)
class ResumeOfManyIT extends ResumeOfFilesIT {}
