// SPDX-License-Identifier: GPL-2.0-only
/* The program that reads certificates, as it is installed: what a manager asks
 * it, and what comes of that. */
#include "cmocka_all.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "carveoutif.h"
#include "judge/evidence.h"
#include "judge/process.h"
#include "signed_image.h"

#define PATIENCE_MS 30000

static struct signed_image image;
static struct judge_question question;
static struct judge_answer answer;
static int judge;

static int start(void **state)
{
	(void)state;
	judge = judge_start();
	return judge < 0 ? -1 : 0;
}

static int end(void **state)
{
	(void)state;
	return close(judge);
}

static void make_question(uint64_t number)
{
	static struct evidence evidence;
	char why[200];

	signed_image_make(&image, 0);
	assert_int_equal(evidence_read(image.evidence, image.evidence_size,
				       &evidence, SENTENCE(why)),
			 0);
	memset(&question, 0, sizeof(question));
	question.number = number;
	question.verify.kind = VERIFY_MBN;
	question.verify.roots = 1;
	memcpy(question.verify.root[0], image.root, VERIFY_ROOT_SIZE);
	question.segments = evidence.image.count;
	question.length = (uint32_t)evidence.hash_size;
	memcpy(question.hash, evidence.hash, evidence.hash_size);
}

static int hear(void)
{
	struct pollfd poll_judge = { .fd = judge, .events = POLLIN };

	assert_int_equal(poll(&poll_judge, 1, PATIENCE_MS), 1);
	return judge_take(judge, &answer);
}

static void ask(void)
{
	assert_int_equal(judge_ask(judge, &question), 0);
	assert_int_equal(hear(), 0);
	assert_int_equal(answer.number, question.number);
}

static void
it_says_yes_to_what_is_signed_and_why_not_to_what_is_not(void **state)
{
	(void)state;
	make_question(7);
	ask();
	assert_int_equal(answer.status, 0);
	question.number = 8;
	question.verify.root[0][0] ^= 1;
	ask();
	assert_int_equal(answer.status, -EKEYREJECTED);
	assert_non_null(strstr(answer.why, "a root that the stanza names"));
	question.number = 9;
	question.hash[question.length - 1] ^= 1;
	ask();
	assert_int_equal(answer.status, -EKEYREJECTED);
}

static void it_needs_the_clock_and_no_file_for_that(void **state)
{
	(void)state;
	make_question(1);
	question.verify.clock = true;
	ask();
	assert_int_equal(answer.status, 0);
}

static void what_is_no_hash_segment_is_answered_too(void **state)
{
	(void)state;
	make_question(2);
	memset(question.hash, 0xff, sizeof(question.hash));
	ask();
	assert_int_equal(answer.status, -EKEYREJECTED);
	question.length = 0;
	ask();
	assert_int_equal(answer.status, -EKEYREJECTED);
	make_question(3);
	ask();
	assert_int_equal(answer.status, 0);
}

static void nothing_is_there_to_be_taken_before_there_is_an_answer(void **state)
{
	(void)state;
	assert_int_equal(judge_take(judge, &answer), -EAGAIN);
}

static void its_end_is_noticed(void **state)
{
	(void)state;
	/* It ends as it would with its manager: nobody asks any more. */
	assert_int_equal(shutdown(judge, SHUT_WR), 0);
	assert_int_equal(hear(), -ENOTCONN);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_yes_to_what_is_signed_and_why_not_to_what_is_not),
		TEST(it_needs_the_clock_and_no_file_for_that),
		TEST(what_is_no_hash_segment_is_answered_too),
		TEST(nothing_is_there_to_be_taken_before_there_is_an_answer),
		TEST(its_end_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
